"""The plan that the tests of plan documents start from."""

PLAN = """\
plan: Referral 2026
track: referral
currency: EUR
valid_from: 2026-01-01
trigger: payment_received
base: {amount: net, excluded_products: [Shipping]}
rules:
  - id: large
    says: Large invoices earn by band.
    when: {deal.term_months: {gte: 24}, customer.country: NO}
    bands:
      mode: marginal
      steps:
        - {from: 0, to: 10000, percent: 5}
        - {from: 10000.00, percent: 8.5}
  - id: standard
    says: 10 % of what the customer paid.
    percent: 10
uplifts:
  - {id: registered, says: The deal was registered., when: {deal.registered: true}, percent: 2}
renewals: {shares: {1: 50, 2: 25}, afterwards: 0}
hold_days: 30
claw_back: {window_days: 180, method: proportional}
rounding: {mode: half_even}
"""

"""The partner portal: home, registering a deal, own deals, own earnings.

Every view runs in the partner's scope. What the vendor's rows add comes from `attribution.own_deals` and
`commissions.own_earnings`, which read only what the partner's own rows name.
"""

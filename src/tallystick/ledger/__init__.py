"""Postings, balances and closed periods.

Owns the append-only ledger: every posting moves an amount from one account to another, balances are sums. Knows no
commissions, no partners by name, no invoices.
"""

"""Claims to deals.

Owns deal registrations and the protection they win: at most one active protection per account and product, held by
PostgreSQL. Never decides attribution or pay.
"""

"""Reactions that cross modules.

When facts change, opportunities are decided again; when a decision or a payment changes, commissions follow. Owns no
tables and decides nothing itself.
"""

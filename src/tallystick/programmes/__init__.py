"""How partners are worked with and paid.

Owns tracks (one per partner type, with owner and KPI) and commission plans as versioned documents. A published version
never changes. Never computes a commission.
"""

"""Partner organisations and their people.

Owns partners, their types, lifecycle and tiers, and the memberships of partner people. Tells the others who a
partner is; never decides what a partner earns.
"""

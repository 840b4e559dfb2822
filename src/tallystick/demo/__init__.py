"""The demo workspace: three years of a company that does not exist.

Owns Lumen Labs, a maker of laboratory software with 16 partners, and the empty workspace that stands beside it. What
the CRM, the billing system and the partners did is made up here, the same for the same anchor day on any machine; what
Tallystick makes of it (decisions, protection, commissions, statements) comes from the real services. Nothing else in
the product may import it.
"""

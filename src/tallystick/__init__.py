"""Tallystick: who brought the deal, what is owed, and why."""

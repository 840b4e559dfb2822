"""The numbers that say whether it works.

Owns the metric catalogue and the queries behind the overview. Every figure has one definition and opens to its rows.
Never writes facts.
"""

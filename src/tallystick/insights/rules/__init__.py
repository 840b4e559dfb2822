"""The arithmetic of metrics: the partner-led test, the weekly mix, rates, changes and ranks. Exact; no database.

Specified in docs/explanation/metrics.md.
"""

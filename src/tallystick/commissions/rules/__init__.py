"""What partners earn from one invoice, as pure functions of its facts and their plans.

`settle` gives every line an invoice should have, however its facts arrived; `recompute` computes a line again from its
explanation alone; `expected_commission` says what an open deal would earn. docs/explanation/commissions.md specifies
them.
"""

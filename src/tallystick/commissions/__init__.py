"""What partners earn from invoices that were paid.

Owns commission lines, blocked lines and statements. A line arises only from a payment; refunds and credit notes reverse
in proportion. Never decides who brought the deal.
"""

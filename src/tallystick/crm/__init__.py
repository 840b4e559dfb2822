"""CRM and billing facts.

Owns accounts, contacts, opportunities with their stage history, products, subscriptions, invoices, payments, refunds,
credit notes, exchange rates and the imports that bring them. Facts are mirrored from outside systems and never edited
by hand. Tells the others what was sold and paid; never says who deserves credit.
"""

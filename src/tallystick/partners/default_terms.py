"""The terms every workspace begins with: a fair start, until the vendor publishes its own."""

from __future__ import annotations

from typing import Final

DEFAULT_SUMMARY: Final = """
Register only companies you really talk to; the first to register is protected for the time shown.
You are paid by the published plan, once the customer has paid, and you see how each amount came about.
What you see of the vendor's customers and money is confidential.
Your clicks and decisions are written to a record that neither side can change afterwards.
Either side can end this at any time; what was earned until then is still paid.
"""

DEFAULT_BODY: Final = """
1. Registering deals. You register a company because you are in touch with someone there about the vendor's product. The
vendor answers within the time shown on your receipt. While a registration is approved and protected, the vendor credits
no other partner with that deal, unless its published rules say otherwise.

2. Commission. The plan and the tier in force on the day of each invoice decide what you earn. An amount is earned when
the customer has paid and the hold shown beside it is over. It is taken back in the share in which the customer gets
money back. Every line shows the rule and the arithmetic; ask about a line, and a person answers.

3. Confidentiality. What you learn here about the vendor's customers, prices and plans you use for these deals only, and
you share it with nobody outside your company.

4. Personal data. You enter details of people only where they may expect it, as a rule their name and business address.
The vendor uses them to work on the deal and for nothing else.

5. The record. What you and the vendor do here is written to a chain of entries with its time. Neither side can change
an entry. Both may rely on it.

6. Your account. You sign in for yourself and do not pass your sign-in on. Your company's admin decides which colleagues
come in.

7. End. Either side can end the partnership at any time, in writing. Amounts earned until then are paid as before.
Protections end on their dates.
"""

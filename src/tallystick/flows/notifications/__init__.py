"""Which entry of the activity stream concerns whom, in which words, and what the clock reminds people of.

`platform.notifications` writes it down and sends it. See docs/how-to/notifications.md.
"""

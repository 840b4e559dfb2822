"""Tells people what happened: notices, mail, digests and chat, from the activity stream and nothing else.

Owns who chose to hear of what, what was told and what was sent, each once. Knows no business: which entry concerns
whom, and in which words, is decided in `flows.notifications`. See docs/how-to/notifications.md.
"""

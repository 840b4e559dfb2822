"""Tells programs what happened: signed messages after Standard Webhooks, at least once, tried ten times, with a log.

Owns endpoints, their secrets, the messages and every attempt. Knows no business: which entry of the activity stream
becomes which message is decided in `flows.webhooks`. See docs/explanation/webhooks.md.
"""

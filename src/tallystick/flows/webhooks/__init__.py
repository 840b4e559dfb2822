"""Which entry of the activity stream becomes which message to programs, and which of its fields each side may read.

`platform.webhooks` signs, sends and logs them. The catalogue is documented in docs/reference/events.md.
"""

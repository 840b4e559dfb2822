"""What follows from a mail: a registration, a message in a conversation, an answer that says what is missing, nothing.

Each mail is taken once, in a job of its own. See docs/how-to/ways-in.md.
"""

"""Mail that comes in: where it may come from, what is kept of it, what it says and whether its sender is who it seems.

What follows from a mail is not decided here: `flows.mail_in` does, in a job for each mail.
"""

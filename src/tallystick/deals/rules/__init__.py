"""The rules of deal registration: the account key, the checks, the states, and the answer a partner reads.

Specified in docs/explanation/deal-registration.md.
"""

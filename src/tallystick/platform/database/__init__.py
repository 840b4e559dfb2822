"""The database: the embedded server, the Django backend that drops privileges, and the wall of policies.

Owns how PostgreSQL is found, started, connected to and secured. Never knows which tables there are: policies,
grants and triggers follow from what the models declare (`platform.tenancy`).
"""

"""The platform against a real PostgreSQL."""

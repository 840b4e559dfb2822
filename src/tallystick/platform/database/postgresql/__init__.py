"""Django's PostgreSQL backend with the privileges dropped on every connection."""

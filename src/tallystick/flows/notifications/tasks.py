"""Background jobs of notices."""

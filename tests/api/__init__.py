"""The API as programs see it: through HTTP, with keys."""

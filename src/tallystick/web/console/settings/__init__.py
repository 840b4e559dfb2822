"""Settings: one page a subject, beside a list of all that this role may open; see `sections.py`."""

"""Reads of revenue facts for screens, the command line and other modules."""

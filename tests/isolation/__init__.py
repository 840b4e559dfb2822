"""Nothing leaks: between workspaces, between partners, and not to code that forgot its scope."""

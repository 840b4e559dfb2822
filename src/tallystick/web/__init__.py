"""The console, the portal and the public pages.

Translates requests into calls of services and queries, and their answers into pages. Never decides anything.
"""

"""The vendor's console: one file a page, each translating an address into calls of services and queries.

Rows are written into text here, not in templates: a page of fifty rows costs a tenth of localising them cell by cell.
"""

"""Files that people keep with what they belong to: attachments, documents of a partner, the vendor's logo.

Owns the bytes (by content, per workspace), their row and who may read it. Never decides what a file means: whoever
stores one names its purpose, and the web asks the permission of that purpose. See docs/explanation/files.md.
"""

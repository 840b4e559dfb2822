"""Reads the documents that commands check and publish: rules of engagement, forms, plans."""

from __future__ import annotations

import sys
from pathlib import Path


def text_of(file: Path) -> str:
    """Return what a document says, in UTF-8 with or without its mark; ends with a sentence where it is another."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        sys.exit(f"{file.name} is not in UTF-8. Save it so and try again.")

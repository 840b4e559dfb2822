"""One spelling for one value, so that equal things have equal hashes."""

import hashlib
import json
from collections.abc import Iterable

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_PLAIN = frozenset({str, int, bool, type(None)})


def canonical_json(value: object) -> str:
    """Return JSON with sorted keys, no spaces and characters as they are.

    Floats are refused: two machines may spell one differently, and no figure of ours is one. Raises TypeError.
    """
    _refuse_floats(value)
    return _ENCODER.encode(value)


def sha256_hex(text: str) -> str:
    """Return the SHA-256 of the text's UTF-8 bytes in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _refuse_floats(value: object) -> None:
    if isinstance(value, dict):
        items: Iterable[object] = value.values()
    elif isinstance(value, list | tuple):
        items = value
    else:
        items = (value,)
    if _PLAIN.issuperset(map(type, items)):  # nearly always, and several times quicker than looking at each
        return
    for item in items:
        if type(item) in _PLAIN:
            continue
        if isinstance(item, float):
            raise TypeError(f"{item!r} is a float. Write it as an integer, or as text.")
        if isinstance(item, dict | list | tuple):
            _refuse_floats(item)

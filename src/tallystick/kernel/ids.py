"""References that people read aloud: `DR-7KQ2M9`.

The alphabet is Crockford's base 32, which leaves out I, L, O and U, so that a reference copied by hand is either right
or refused. The caller brings the random bytes: nothing in the kernel is random.
"""

from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD: Final = str.maketrans("OIL", "011")
_LENGTH: Final = 6

ENTROPY_BYTES: Final = 4
"""How many random bytes `reference` needs: six characters hold 30 bits."""


def reference(prefix: str, *, entropy: bytes) -> str:
    """Return a reference with six characters after the prefix. Raises ValueError for fewer than four bytes."""
    if len(entropy) < ENTROPY_BYTES:
        raise ValueError(f"A reference needs {ENTROPY_BYTES} random bytes.")
    number = int.from_bytes(entropy[:ENTROPY_BYTES])
    return prefix + "-" + "".join(_ALPHABET[number >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))


def read_reference(text: str) -> str:
    """Return a reference as it was issued from what a person typed: any case, spaces, O for 0, I or L for 1.

    Raises ValueError.
    """
    prefix, dash, code = "".join(text.split()).upper().partition("-")
    code = code.translate(_MISREAD)
    if not prefix or not dash or len(code) != _LENGTH or any(letter not in _ALPHABET for letter in code):
        raise ValueError(f"{text!r} is not a reference. It looks like DR-7KQ2M9.")
    return f"{prefix}-{code}"

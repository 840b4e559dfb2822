"""Parts of the document with figures of their own, each in a file that declares one `Section`.

To add one: write the file, and put its class into `SECTIONS` of `section_list`. It is then read, checked, documented,
put into the JSON Schema and shown in plain words; code asks for it with `engagement.section(ItsClass)`. Every field
needs a default, so that documents published before it was thought of still read the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from tallystick.kernel.condition_reading import Problem


class Section(BaseModel):
    """A part of the document under a name of its own; its fields have defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    section: ClassVar[str]
    """Its name in the document."""
    examples: ClassVar[Mapping[str, str]]
    """How to write the section and each of its fields, by name."""
    ranges: ClassVar[Mapping[str, str]] = {}
    """Which numbers a field takes, by name: "Give 1 to 2000 hours."."""

    def problems(self) -> Iterable[Problem]:
        """Return what does not fit together in it; paths begin inside the section."""
        return ()

    def sentences(self) -> tuple[str, ...]:
        """Return what it says in plain words that partners may read, one sentence a line."""
        return ()

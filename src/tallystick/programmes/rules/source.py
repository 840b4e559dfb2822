"""YAML text as plain data, with the line on which every field stands.

Only the plain part of YAML is read: mappings, lists and scalars. A scalar is true, false, null, a whole number or text;
"no" is a country and 10.50 stays the text it was, because a float would not be an amount. Anchors, aliases and tags are
refused: a document says what it says where it says it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

import yaml

from tallystick.kernel.condition_reading import Path

Plain: TypeAlias = "str | int | bool | list[Plain] | dict[str, Plain] | None"

LARGEST_SOURCE: Final = 100_000
"""A document of more characters than this is refused unread."""

_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None, "~": None, "": None}


class SourceInvalid(ValueError):
    """The text is not the plain YAML a document is written in."""

    def __init__(self, *, line: int, message: str, mend: str) -> None:
        super().__init__(f"Line {line}: {message} {mend}")
        self.line = line
        self.message = message
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Source:
    """The data of a document and the line, counted from 1, of every path in it."""

    data: Plain
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """Return the line of the path, or of the nearest part around it that exists."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_source(text: str, *, begins: str = "plan: Referral 2026") -> Source:
    """Read the text; `begins` is a first line to show where there is none. Raises SourceInvalid."""
    if len(text) > LARGEST_SOURCE:
        mend = f"Keep it below {LARGEST_SOURCE:,} characters."
        raise SourceInvalid(line=1, message=f"The document has {len(text):,} characters.", mend=mend)
    try:
        _refuse_aliases(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"The text is not valid YAML: {error.problem or error.context}."
        mend = "Check indentation, colons and quotes on this line and the one before."
        raise SourceInvalid(line=mark.line + 1 if mark else 1, message=message, mend=mend) from error
    except (yaml.YAMLError, RecursionError) as error:
        message = "The text holds characters or nesting that YAML does not allow."
        raise SourceInvalid(line=1, message=message, mend="Write it as plain text, a few levels deep.") from error
    if node is None:
        raise SourceInvalid(line=1, message="The document is empty.", mend=f"Begin with a line such as {begins}.")
    lines: dict[Path, int] = {}
    return Source(_plain(node, (), lines), lines)


def _refuse_aliases(text: str) -> None:
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        tag = getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or tag:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise SourceInvalid(line=line, message="&, * and ! have no meaning here.", mend="Write the value out.")


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Plain:
    lines.setdefault(path, node.start_mark.line + 1)
    match node:
        case yaml.MappingNode():
            return _mapping(node, path, lines)
        case yaml.SequenceNode():
            return [_plain(item, (*path, position), lines) for position, item in enumerate(node.value)]
        case yaml.ScalarNode(value=str(text)) if node.style is None:
            return _scalar(text)
        case _:
            return str(node.value)


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int]) -> Plain:
    data: dict[str, Plain] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise SourceInvalid(line=line, message="A field name is not a text.", mend="Write it like name: value.")
        if key in data:
            raise SourceInvalid(line=line, message=f"{key} stands here twice.", mend="Keep one of them.")
        lines[*path, key] = line
        data[key] = _plain(value_node, (*path, key), lines)
    return data


def _scalar(text: str) -> str | int | bool | None:
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if re.fullmatch(r"-?(0|[1-9]\d{0,17})", text) else text

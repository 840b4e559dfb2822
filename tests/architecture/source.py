"""Reads the project's source for the tests beside it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "tallystick"


@dataclass(frozen=True)
class SourceFile:
    """One Python file of the project and what stands in it."""

    path: Path

    @property
    def name(self) -> str:
        """Return the path as it is written in messages."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        """Return the whole text."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """Return the syntax tree."""
        return ast.parse(self.text)

    @property
    def is_pure(self) -> bool:
        """Tell whether the file must be free of clock, chance and tables: the kernel and every room of rules."""
        inside = self.path.relative_to(PACKAGE).parts
        return inside[0] == "kernel" or "rules" in inside or inside[-1] == "rules.py"

    def walk(self) -> Iterator[ast.AST]:
        """Yield every node of the syntax tree."""
        return ast.walk(self.tree)


def package_files() -> list[SourceFile]:
    """Return the Python files of the package, without migrations, which Django writes."""
    return [SourceFile(path) for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts]


def files_of_the_tests() -> list[SourceFile]:
    """Return the Python files of the tests."""
    return [SourceFile(path) for path in sorted((ROOT / "tests").rglob("*.py"))]


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for a chain of attributes, or an empty text."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            return f"{dotted(value)}.{attr}"
        case _:
            return ""

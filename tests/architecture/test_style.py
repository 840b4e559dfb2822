"""What ARCHITECTURE asks of every file and no linter knows."""

from __future__ import annotations

import ast

from tests.architecture.source import PACKAGE, ROOT, SourceFile, dotted, files_of_the_tests, package_files

LONGEST_FILE = 400
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "tools", "base_utils"}
CLOCK_AND_CHANCE = {
    "datetime.now", "datetime.today", "datetime.utcnow", "datetime.datetime.now", "date.today", "datetime.date.today",
    "time.time", "time.monotonic", "timezone.now", "uuid.uuid4", "uuid4", "os.urandom", "now", "today",
}  # fmt: skip
IMPURE_MODULES = {"random", "secrets", "time", "os", "django"}
WHERE_MONEY_IS = {"kernel", "ledger", "commissions", "attribution", "deals", "programmes"}


def test_every_module_says_what_it_is() -> None:
    # An empty __init__.py of the tests only makes a folder a package.
    written = package_files() + [file for file in files_of_the_tests() if file.text]
    assert [file.name for file in written if not ast.get_docstring(file.tree)] == []


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    written = [*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *PACKAGE.rglob("*.css"), *PACKAGE.rglob("*.js")]
    too_long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in written
        if "migrations" not in path.parts
        and "vendor" not in path.parts
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert too_long == {}


def test_names_say_what_is_inside() -> None:
    assert [file.name for file in package_files() + files_of_the_tests() if file.path.stem in EMPTY_NAMES] == []
    assert [path.name for path in PACKAGE.rglob("*") if path.is_dir() and path.name in EMPTY_NAMES] == []


def test_rules_and_kernel_read_no_clock_and_throw_no_dice() -> None:
    calls = {
        f"{file.name}:{node.lineno} {dotted(node.func)}"
        for file in package_files()
        if file.is_pure
        for node in file.walk()
        if isinstance(node, ast.Call) and dotted(node.func) in CLOCK_AND_CHANCE
    }
    imports = {
        f"{file.name}: {module}"
        for file in package_files()
        if file.is_pure
        for module in _imported(file)
        if module.split(".")[0] in IMPURE_MODULES
    }
    assert calls | imports == set()


def test_the_clock_is_read_in_one_place() -> None:
    readers = {
        file.name
        for file in package_files()
        for node in file.walk()
        if isinstance(node, ast.Call) and dotted(node.func) in {"datetime.now", "date.today", "timezone.now"}
    }
    assert readers <= {"src/tallystick/platform/clock.py"}


def test_no_float_comes_near_money() -> None:
    found = {
        f"{file.name}:{node.lineno}"
        for file in package_files()
        if file.path.relative_to(PACKAGE).parts[0] in WHERE_MONEY_IS
        for node in file.walk()
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Call) and dotted(node.func) == "float")
        or (isinstance(node, ast.arg | ast.AnnAssign) and "float" in ast.dump(node.annotation or node))
    }
    assert found == set()


def test_nothing_happens_behind_the_readers_back() -> None:
    found = {
        f"{file.name}: {module}"
        for file in package_files()
        for module in _imported(file)
        if module in {"django.db.models.signals", "django.dispatch", "django.contrib.contenttypes.fields"}
    }
    overrides = {
        f"{file.name}:{node.lineno}"
        for file in package_files()
        if "models" in file.path.stem or "models" in file.path.parts
        for node in file.walk()
        if isinstance(node, ast.FunctionDef) and node.name in {"save", "delete"}
    }
    assert found | overrides == set()


def _imported(file: SourceFile) -> set[str]:
    modules: set[str] = set()
    for node in file.walk():
        match node:
            case ast.Import(names=names):
                modules |= {name.name for name in names}
            case ast.ImportFrom(module=str(module)):
                modules.add(module)
            case _:
                pass
    return modules

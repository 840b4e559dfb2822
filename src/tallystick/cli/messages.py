"""`tallystick messages`: collects every text that can be translated, brings translations up to date, compiles them.

Babel reads the Python; Django turns each template into something like Python first. No gettext programs are needed.
See docs/how-to/translate.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Annotated, Final

import typer
from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tallystick.cli.application import commands, console

PACKAGE: Final = Path(__file__).parents[1]
LOCALE: Final = PACKAGE / "locale"
TEMPLATE: Final = LOCALE / "tallystick.pot"
KEYWORDS: Final = DEFAULT_KEYWORDS | {
    f"{name}{ending}": DEFAULT_KEYWORDS[name]
    for name in ("gettext", "ngettext", "pgettext", "npgettext")
    for ending in ("_lazy", "_noop")
}
COMMENT_MARK: Final = "Translators:"


@commands.command()
def messages(
    language: Annotated[
        str, typer.Option(help='Language to begin translating into, as Django names its folder: "de" or "pt_BR".')
    ] = "",
) -> None:
    """Collect the texts to translate, bring every translation up to date and compile it."""
    template = collected()
    LOCALE.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(written(template))
    if language:
        _translation(language).parent.mkdir(parents=True, exist_ok=True)
        _translation(language).touch()
    paths = sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))
    for path in paths:
        _brought_up_to_date(path, template)
    console.print(f"{len(template)} texts in {TEMPLATE.name}; {len(paths)} translations compiled.")


def collected() -> Catalog:
    """Return the catalogue of every text in the package, without translations."""
    catalog = Catalog(project="Tallystick", charset="utf-8")
    for path in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.glob("*/**/templates/**/*.*")]):
        for line, message, comments, context in _texts_of(path):
            place = (path.relative_to(PACKAGE).as_posix(), line)
            catalog.add(message, locations=[place], auto_comments=comments, context=context)
    return catalog


def written(catalog: Catalog) -> bytes:
    """Return the catalogue as the text of a file; lines are not named, as they change with every edit."""
    file = BytesIO()
    write_po(file, catalog, width=110, sort_output=True, include_lineno=False, omit_header=catalog.locale is None)
    return file.getvalue()


def ids(catalog: Catalog) -> set[tuple[str | None, object]]:
    """Return what is to be translated: the context and the text of every message."""
    return {(message.context, _comparable(message)) for message in catalog if message.id}


def _comparable(message: Message) -> object:
    return message.id if isinstance(message.id, str) else tuple(message.id)


def _texts_of(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    # Django's translation must be imported after the command line has set Django up.
    from django.utils.translation.template import templatize

    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # In brackets, so that its indentation, which is not Python's, does not matter.
        source = f"({templatize(source)})"
    return extract("python", BytesIO(source.encode()), keywords=KEYWORDS, comment_tags=[COMMENT_MARK])


def _translation(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def _brought_up_to_date(path: Path, template: Catalog) -> None:
    with path.open("rb") as file:
        catalog = read_po(file, locale=path.parents[1].name)
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    faults = [f"{message.id}: {fault}" for message, found in catalog.check() for fault in found]
    if faults:
        raise typer.BadParameter("\n".join([f"{path}:", *faults]))
    path.write_bytes(written(catalog))
    with path.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, catalog)

"""What a person reads of a page: its text nodes, and the labels that are spoken instead of shown."""

from __future__ import annotations

from html.parser import HTMLParser

SPOKEN = frozenset({"aria-label", "title", "placeholder", "alt"})
WITHOUT_END = frozenset({"meta", "link", "input", "img", "br", "hr", "path", "rect", "circle", "use", "wbr", "source"})
SILENT = frozenset({"script", "style", "code", "kbd", "template", "textarea"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._option: str | None = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take down what is spoken, and whether what stands inside is for translation."""
        given = dict(attrs)
        self._option = given.get("value") if tag == "option" else ""
        silent = tag in SILENT or given.get("translate") == "no" or self._is_silent()
        if not silent:
            self.texts += [value for name, value in given.items() if name in SPOKEN and value]
        if tag not in WITHOUT_END:
            self._open.append((tag, silent))

    def handle_endtag(self, tag: str) -> None:
        """Leave an element; those left open inside it end with it."""
        self._option = ""
        while any(open_tag == tag for open_tag, _ in self._open) and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Take down a text node."""
        # A choice that is called as it is stored (a time zone), or begins so (a currency), is a code and not a word.
        is_code = self._option is None or (
            len(self._option) > 1 and data.strip().replace(" ", "_").startswith(self._option)
        )
        if data.strip() and not self._is_silent() and not is_code:
            self.texts.append(" ".join(data.split()))

    def _is_silent(self) -> bool:
        return any(silent for _, silent in self._open)


def visible_texts(html: str) -> list[str]:
    """Return every text of a page that is for people and not marked `translate="no"`, in its order."""
    reader = _Reader()
    reader.feed(html)
    return reader.texts

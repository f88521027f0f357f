"""What is wrong with a page, as far as its text tells."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
LOADING = {"src", "srcset", "data", "poster", "action", "formaction", "background", "xlink:href", "ping", "manifest"}
LABELS = {"aria-labelledby", "aria-describedby", "data-copy", "for"}


class Checker(HTMLParser):
    """Collects *problems*: tags that do not fit, ids twice, links to nowhere, anything that loads or runs."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.ids: Counter[str] = Counter()
        self.pointed_at: set[str] = set()
        self.outside: list[str] = []
        self.tags: Counter[str] = Counter()
        self.text: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self._attributes(tag, dict(attributes))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self._attributes(tag, dict(attributes))
        if "svg" not in self._open:
            self.problems.append(f"<{tag}/> outside of SVG")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"line {self.getpos()[0]}: </{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("script", "style"):
            self.text.append(data)

    def close(self) -> None:
        super().close()
        self.problems += [f"<{tag}> stays open" for tag in self._open]
        self.problems += [f"id {id} {count} times" for id, count in self.ids.items() if count > 1]
        self.problems += [f"nothing is called {id}" for id in sorted(self.pointed_at - self.ids.keys())]

    def _attributes(self, tag: str, attributes: dict[str, str | None]) -> None:
        for name, value in attributes.items():
            said = value or ""
            if name.startswith("on") or name == "style" or said.strip().lower().startswith("javascript:"):
                self.problems.append(f"<{tag} {name}={said!r}>")
            if name in LOADING or (name == "href" and tag != "a" and said != "data:,"):
                self.problems.append(f"<{tag} {name}={said!r}> loads something")
            if name == "id":
                self.ids[said] += 1
            if name in LABELS:
                self.pointed_at.update(said.split())
            if name == "href" and said.startswith("#"):
                self.pointed_at.add(said[1:])
            elif name == "href" and tag == "a":
                self.outside.append(said)


def checked(html: str) -> Checker:
    checker = Checker()
    checker.feed(html)
    checker.close()
    return checker

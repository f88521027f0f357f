"""The data of a page as HTML: one file that loads nothing.

Whatever is printed into the page is escaped, and its control characters are made visible, by the environment itself;
nothing but `numbered` and the stylesheet and script of ours is markup.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from fuzz.report.drawing import draw
from fuzz.report.page import DeathView, Page
from fuzz.report.words import minute, moment, number, percent, picture, visible
from fuzz.views.words import duration, plural, size

WIDE, NARROW = (880, 260), (330, 230)
"""Sizes of plots: printed and on screens, and on phones."""
HEADER = ";; factfuzz-"
"""Lines of a script that machines read begin with this; they are long, and shown cut."""
LONG = 200

_ODD = re.compile(r"[^ -~\n\t]")


def render(page: Page) -> str:
    """The whole file. The same page gives the same text."""
    style, script = _source("style.css"), _source("script.js")
    return _environment().get_template("page.html").render(
        page=page, style=Markup(style), script=Markup(script),
        policy=f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
               "base-uri 'none'; form-action 'none'",
        drawings=[(plot, [("wide", draw(plot, *WIDE)), ("narrow", draw(plot, *NARROW))]) for plot in page.plots],
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("fuzz.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=_seen,
    )
    environment.filters |= {
        "numbered": numbered, "number": number, "duration": duration, "moment": moment, "minute": minute, "size": size,
        "digits": digits, "by_cause": by_cause,
    }
    environment.globals |= {"plural": plural, "percent": percent}
    return environment


def _seen(value: Any) -> Any:
    """Text from anywhere, before it is escaped."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def numbered(text: str) -> Markup:
    """Code: a span for each line, whose number the stylesheet adds, so that it is not copied. A character that cannot
    be seen is a picture that knows which it is."""
    lines = text.removesuffix("\n").split("\n")
    return Markup("").join(Markup('<span{}>{}\n</span>').format(
        Markup(' class="long"') if line.startswith(HEADER) and len(line) > LONG else Markup(""), _marked(line),
    ) for line in lines)


def _marked(line: str) -> Markup:
    parts, at = [], 0
    for match in _ODD.finditer(line):
        if (shown := picture(match[0])) != match[0]:
            parts += [escape(line[at : match.start()]),
                      Markup('<b data-code="{}">{}</b>').format(ord(match[0]), shown)]
            at = match.end()
    return Markup("").join([*parts, escape(line[at:])])


def digits(text: str) -> int:
    """Of the number of its last line."""
    return len(str(text.removesuffix("\n").count("\n") + 1))


def by_cause(deaths: Sequence[DeathView]) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(death.how for death in deaths).most_common())


def _digest(source: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"


def _source(name: str) -> str:
    environment = _environment()
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]

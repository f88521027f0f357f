"""Links to the specification: to the headings of CanonicalABI.md, as GitHub shows it."""

from __future__ import annotations

import re

from fuzz.report.page import SectionView

DOCUMENT = "https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md"
FILE = "CanonicalABI.md"
HEADINGS = (
    "Component Instances", "Stack Switching", "Threads", "Tasks", "Embedding", "Canonical ABI Options",
    "Lifting and Lowering Context", "Table State", "Resource State", "Waitable State", "Subtask State", "Buffer State",
    "Stream State", "Future State", "Despecialization", "Type Predicates", "Alignment", "Element Size", "Loading",
    "Storing", "Flattening", "Flat Lifting", "Flat Lowering", "Lifting and Lowering Values", "canonopt Validation",
    "canon lift", "canon lower", "canon resource.new", "canon resource.drop", "canon resource.rep",
)
OTHER_NAMES = {"LiftLowerContext": "Lifting and Lowering Context"}
_NAMES = sorted((*HEADINGS, *OTHER_NAMES), key=len, reverse=True)
_FIRST = re.compile("|".join(rf"(?<![\w-]){re.escape(name)}(?![\w-])" for name in _NAMES))


def section_view(text: str) -> SectionView:
    """Of a section in words, such as `CanonicalABI.md, Loading: lift_own; canon resource.drop`; the link goes to the
    first heading that it names, or to the whole document."""
    if not text:
        return SectionView("")
    found = _FIRST.search(text)
    if found is None and FILE not in text:
        return SectionView(text)
    said = text if FILE in text else f"{FILE}, {text}"
    heading = None if found is None else OTHER_NAMES.get(found[0], found[0])
    return SectionView(said, DOCUMENT if heading is None else f"{DOCUMENT}#{anchor(heading)}")


def anchor(heading: str) -> str:
    """What GitHub makes of a heading: small letters, hyphens for spaces, no other punctuation."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")

"""What small means."""

from __future__ import annotations

from dataclasses import dataclass

from fuzz.minimise.scripts.model import ACTING, ScriptParts
from fuzz.minimise.scripts.tree import Tree
from fuzz.wast import script as commands


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """Compared in this order. *calls* and other commands; *definitions* of components, core modules' fields not
    counted; *types*: parts of component-level types; *code*: fields and instructions of core modules."""

    calls: int
    commands: int
    definitions: int
    types: int
    code: int
    length: int
    text: str = ""
    """Of two scripts of one length the one that comes first: 0 rather than 1."""

    def __str__(self) -> str:
        return (f"{_of(self.calls, 'call')}, {_of(self.definitions, 'definition')}, "
                f"{_of(self.code, 'core field or instruction', 'core fields and instructions')}, {self.length} bytes")


def _of(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def size_of(parts: ScriptParts, text: str) -> Size:
    """*text* is that of *parts*."""
    calls = sum(isinstance(d.command, ACTING) for d in parts.directives)
    weights = [_weight(d.body) for d in parts.directives if d.body is not None]
    definitions, types, code = (sum(w[i] for w in weights) for i in range(3))
    others = sum(isinstance(d.command, commands.Definition) for d in parts.directives)
    return Size(calls, len(parts.directives) - calls + others, definitions, types, code, len(text), text)


Weight = tuple[int, int, int]
"""Definitions, parts of types, code."""


def _weight(node: Tree) -> Weight:
    """Of a component or core module, worked out once."""
    try:
        return node.__dict__["_weight"]  # type: ignore[no-any-return]
    except KeyError:
        made = node.__dict__["_weight"] = _module(node) if _is_module(node) else _component(node)
        return made


def _is_module(node: Tree) -> bool:
    return node.head == "module" or node[:2] == ("core", "module")


def _component(node: Tree) -> Weight:
    definitions = types = code = 0
    for field in node.trees:
        definitions += 1
        if field.head == "component" or _is_module(field):
            d, t, c = _weight(field)
            definitions, types, code = definitions + d, types + t, code + c
        elif field.head == "type" or field[:2] == ("core", "type"):
            types += _parts(field)
        else:
            definitions += sum(1 for part in field.trees for n in part if isinstance(n, Tree)
                               and n.head in ("with", "export"))
            types += sum(_parts(part) for part in field.trees if part.head == "canon")
    return definitions, types, code


def _module(node: Tree) -> Weight:
    return 0, 0, sum(_parts(field) for field in node.trees)


def _parts(node: Tree) -> int:
    """Trees in it, itself counted."""
    try:
        return node.__dict__["_parts"]  # type: ignore[no-any-return]
    except KeyError:
        made: int = 1 + sum([_parts(n) for n in node if not isinstance(n, str)])
        node.__dict__["_parts"] = made
        return made

"""Definitions taken out of a component, with what refers to them: removed, or repaired where there is a way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from fuzz.minimise.scripts.core_types import Signatures, signatures, zero
from fuzz.minimise.scripts.links import broken_links
from fuzz.minimise.scripts.tree import Node, Tree, rebuilt, tree

_OPTIONS = frozenset({"memory", "realloc", "post-return", "callback", "core-type"})
_ROUNDS = 40
"""Of taking out what lacks something: more are not needed by any component that anybody would write."""


def bound(field: Tree) -> str:
    """The name that a field or declaration defines; empty if it defines none."""
    match field:
        case ("core", _, str() as name, *_) if name.startswith("$"):
            return name
        case ("alias", *_, Tree() as item) if isinstance(item[-1], str):
            return item[-1]
        case ("import", *_, ("core", "module", str() as name, *_)):
            return name
        case ("import" | "export", *_, (_, str() as name, *_)) if name.startswith("$") and not _is_export(field):
            return name
        case (_, str() as name, *_) if name.startswith("$") and field.head not in ("start", "param", "local"):
            return name
    return ""


def _is_export(field: Tree) -> bool:
    """Whether it exports something of the component or module it is in, and declares nothing."""
    return field.head == "export" and (
        (len(field) > 1 and isinstance(field[1], str) and field[1].startswith("$")) or len(field.trees[-1]) == 2)


def without(body: Tree, names: Iterable[str]) -> Tree:
    """*body* without the definitions of these names, and without what cannot be without them."""
    cut = _Cut(body, set(names))
    for _ in range(_ROUNDS):
        before, known = body, len(cut.gone)
        body = cut.root(body)
        cut.gone |= broken_links(body)
        if body is before and len(cut.gone) == known:
            break
    return body


class _Cut:
    def __init__(self, body: Tree, gone: set[str]) -> None:
        self.gone = gone
        self.whole = body
        self._signatures: Signatures | None = None

    @property
    def signatures(self) -> Signatures:
        if self._signatures is None:
            self._signatures = signatures(self.whole)
        return self._signatures

    def touches(self, node: Node) -> bool:
        return node in self.gone if isinstance(node, str) else not node.names.isdisjoint(self.gone)

    def root(self, body: Tree) -> Tree:
        return self.module(body, 1) if body.head == "module" else self.component(body)

    def kept(self, fields: Iterable[Node], change: Callable[[Tree], Tree | None]) -> list[Node]:
        """The fields that stay. What those that go define is gone as well."""
        stay: list[Node] = []
        for field in fields:
            if isinstance(field, str) or not self.touches(field):
                stay.append(field)
            elif (new := None if bound(field) in self.gone else change(field)) is not None:
                stay.append(new)
            elif bound(field):
                self.gone.add(bound(field))
        return stay

    # -- components

    def component(self, node: Tree) -> Tree:
        return rebuilt(node, self.kept(node, self.field))

    def field(self, node: Tree) -> Tree | None:
        match node:
            case ("component", *_):
                return self.component(node)
            case ("core", "module", *_):
                return self.module(node, 3)
            case ("type" | "core", *_, ("instance" | "component" | "module", *_) as type) if "type" in node[:2]:
                return rebuilt(node, [*node[:-1], rebuilt(type, self.kept(type, self.declaration))])
            case ("type", _, Tree() as type):
                new = self.type(type)
                return None if new is None else rebuilt(node, [*node[:-1], new])
            case ("core", "instance", *_) | ("instance", *_):
                return self.instance(node)
            case ("func" | "core", *parts, ("canon", *_) as canon):
                lifted = self.canon(canon)
                if lifted is None or any(self.touches(p) for p in parts):
                    return None
                return rebuilt(node, [node[0], *parts, lifted])
            case ("export", name, *parts, Tree() as item, Tree() as ascribed) if not self.touches(item):
                return Tree(("export", name, *parts, item)) if self.touches(ascribed) else node
        return None

    def declaration(self, node: Tree) -> Tree | None:
        return self.field(node) if node.head in ("type", "core") else None

    def instance(self, node: Tree) -> Tree | None:
        parts: list[Node] = []
        for part in node:
            match part:
                case ("instantiate", what, *given):
                    if self.touches(what):
                        return None
                    parts.append(rebuilt(part, ["instantiate", what, *(g for g in given if not self.touches(g))]))
                case ("export", *_) if self.touches(part):
                    continue
                case _:
                    parts.append(part)
        return rebuilt(node, parts)

    def canon(self, node: Tree) -> Tree | None:
        if node[1] not in ("lift", "lower"):
            return None if self.touches(node) else node
        kept = [n for n in node if isinstance(n, str) or n.head not in _OPTIONS or not self.touches(n)]
        made = rebuilt(node, kept)
        return None if self.touches(made) else made

    def type(self, node: Tree) -> Tree | None:
        """A record without its fields of a type that is gone, and so on; None if it has a part that it must have."""
        kept: list[Node] = []
        for n in node:
            if not self.touches(n):
                kept.append(n)
            elif not (isinstance(n, Tree) and n.head in ("field", "case", "param", "result", "dtor")):
                if node.head != "tuple":
                    return None
            elif n.head == "case":
                kept.append(Tree(n[:2]))
        return rebuilt(node, kept) if len(kept) > 1 or node.head == "func" else None

    # -- core modules

    def module(self, node: Tree, start: int) -> Tree:
        return rebuilt(node, [*node[:start], *self.kept(node[start:], self.module_field)])

    def module_field(self, node: Tree) -> Tree | None:
        match node:
            case ("func", _, *parts):
                return self.function(node, parts)
            case ("elem", *parts) if not any(isinstance(p, Tree) and p.head == "table" and self.touches(p)
                                             for p in parts):
                kept = [self.instruction(p) if isinstance(p, Tree) else p for p in node
                        if not (isinstance(p, str) and p in self.gone)]
                return rebuilt(node, kept)
            case ("global", _, type, *_) if not self.touches(type):
                return rebuilt(node, [self.instruction(p) if isinstance(p, Tree) else p for p in node])
            case ("rec", *types):
                inner = self.kept(types, lambda _: None)
                return Tree(("rec", *inner)) if inner else None
        return None

    def function(self, node: Tree, parts: Sequence[Node]) -> Tree | None:
        if any(self.touches(p) for p in parts if isinstance(p, Tree) and p.head in ("type", "param", "result")):
            return None
        return rebuilt(node, [p if isinstance(p, str) else self.instruction(p) for p in node])

    def instruction(self, node: Tree) -> Tree:
        """With nothing in it that is gone: a constant in place of what was called or read, else a trap."""
        if not self.touches(node):
            return node
        inner = rebuilt(node, [n if isinstance(n, str) else self.instruction(n) for n in node])
        if not any(isinstance(n, str) and n in self.gone for n in node):
            return inner
        match inner:
            case ("call", str() as name, *args):
                params, results = self.signatures.of_function(name)
                if len(args) == len(params) and len(results) < 2:
                    return zero(results[0]) if results else tree("nop")
            case ("global.get", str() as name) if (type := self.signatures.globals.get(name)) is not None:
                return zero(type)
            case ("global.set", _, value) if isinstance(value, Tree):
                return tree("drop", value)
            case ("ref.func", _):
                return tree("ref.null", "func")
        return tree("unreachable")

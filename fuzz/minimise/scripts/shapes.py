"""Component-level types by what they come to: the same type has a name of its own in every component."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fuzz.minimise.scripts.tree import Node, Tree, tree, walk

_DEPTH = 40


class Types:
    """The types of a tree with unique names."""

    def __init__(self, body: Tree) -> None:
        self.definitions: dict[str, Node] = {}
        for node in walk(body):
            match node:
                case ("type", str() as name, (("instance" | "component" | "resource" | "module"), *_)):
                    continue
                case ("type", str() as name, ("eq" | "sub", *bound)):
                    if node[2][0] == "eq":
                        self.definitions[name] = bound[0]
                case ("type", str() as name, definition) if name.startswith("$"):
                    self.definitions[name] = definition
                case ("export", str() as name, _, ("type", str() as meant), *_) if name.startswith("$"):
                    self.definitions[name] = meant

    def whole(self, node: Node, depth: int = _DEPTH) -> Node:
        """With definitions in place of names; resources stay names."""
        if isinstance(node, str):
            return self.whole(self.definitions[node], depth - 1) if node in self.definitions and depth else node
        return Tree([n if isinstance(n, str) and not n.startswith("$") else self.whole(n, depth) for n in node])

    def shape(self, node: Node) -> str:
        """The same for the same type; all resources are alike."""
        whole = self.whole(node)
        if isinstance(whole, str):
            return whole
        return " ".join("$" if word.strip("()").startswith("$") else word for word in whole.text.split())

    def value_shapes(self) -> list[str]:
        """Of the value types that have a name, longer ones first."""
        shapes = {self.shape(n) for n in self.definitions.values() if isinstance(n, Tree) and n.head != "func"}
        return sorted(shapes, key=lambda shape: (-len(shape), shape))

    def function_shapes(self) -> list[str]:
        shapes = {self.shape(n) for n in self.definitions.values() if isinstance(n, Tree) and n.head == "func"}
        return sorted(shapes, key=lambda shape: (-len(shape), shape))

    def names_of(self, shape: str) -> list[str]:
        """The names whose own definition has the shape."""
        return [name for name, n in self.definitions.items() if isinstance(n, Tree) and self.shape(n) == shape]


def simpler(definition: Tree) -> Iterator[Node]:
    """Value types to try in place of one, the boldest first."""
    yield "u32"
    parts = _parts(definition)
    if definition.head == "flags" and len(definition) > 33:
        yield Tree(definition[:33])
    for kept in _fewer(len(parts)):
        yield Tree((definition[0], *(parts[k] for k in kept)))
    match definition:
        case ("result", *_):
            yield from (tree("result"), *(tree("result", n) for n in definition[1:] if len(definition) > 2))
        case ("case", *_) | ("own" | "borrow" | "enum" | "flags", *_):
            return
    for n in definition[1:]:
        inner = n[-1] if isinstance(n, Tree) and n.head in ("field", "case", "error") and len(n) > 1 else n
        if not (isinstance(inner, str) and (inner.startswith('"') or inner.isdecimal())):
            yield inner
    for i, part in enumerate(parts):
        if isinstance(part, Tree) and part.head == "case" and len(part) > 2:
            yield Tree((definition[0], *parts[:i], Tree(part[:2]), *parts[i + 1 :]))


def _parts(definition: Tree) -> Sequence[Node]:
    return definition[1:] if definition.head in ("record", "variant", "tuple", "enum", "flags") else ()


def _fewer(count: int) -> Iterator[tuple[int, ...]]:
    """Which of *count* to keep: a half, all but one."""
    everything = tuple(range(count))
    if count > 3:
        yield everything[: count // 2]
        yield everything[count // 2 :]
    if count > 1:
        yield from (everything[:i] + everything[i + 1 :] for i in (range(count) if count <= 24 else (0, count - 1)))

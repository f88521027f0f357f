"""The text format as trees: what is read is rendered again without change of meaning, parts that stay are shared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from fuzz.sexpr import MAX_DEPTH, tokens

Node: TypeAlias = "str | Tree"

_NONE: frozenset[str] = frozenset()


class Tree(tuple[Node, ...]):
    """What stands between two parentheses: atoms (strings with their quotes) and trees.

    Frozen; the text and the names of a tree are worked out once, so that a tree that differs in one place from another
    costs no more than the way from its root to that place.
    """

    _text: str
    _names: frozenset[str]

    @property
    def text(self) -> str:
        """On one line."""
        try:
            return self._text
        except AttributeError:
            self._text = f"({' '.join([n if isinstance(n, str) else n.text for n in self])})"
            return self._text

    @property
    def names(self) -> frozenset[str]:
        """Every `$name` in it."""
        try:
            return self._names
        except AttributeError:
            own = frozenset([n for n in self if isinstance(n, str) and n[0] == "$"])
            inner = [n.names for n in self if not isinstance(n, str)]
            self._names = own.union(*inner) if own or inner else _NONE
            return self._names

    @property
    def head(self) -> str:
        """The keyword; empty where there is none."""
        return self[0] if self and isinstance(self[0], str) else ""

    @property
    def trees(self) -> tuple[Tree, ...]:
        return tuple([n for n in self if isinstance(n, Tree)])


def tree(*nodes: Node) -> Tree:
    return Tree(nodes)


def read(source: str) -> tuple[Tree, ...]:
    """The top-level forms, without comments and annotations. Raises `ValueError` where parentheses, quotes or comments
    do not match, and where there are too many parentheses within each other."""
    stack: list[list[Node]] = [[]]
    annotation = 0
    for match in tokens(source, 0, len(source)):
        token = match.group()
        if token in ("(", "(@"):
            if len(stack) > MAX_DEPTH:
                raise ValueError(f"parentheses nested more than {MAX_DEPTH} deep")
            if token == "(@":
                annotation = annotation or len(stack)
            stack.append([])
        elif token == ")":
            if len(stack) < 2:
                raise ValueError("a parenthesis is closed that was never opened")
            closed = Tree(stack.pop())
            if annotation != len(stack):
                stack[-1].append(closed)
            else:
                annotation = 0
        else:
            stack[-1].append(token)
    if len(stack) > 1:
        raise ValueError("a parenthesis is never closed")
    return tuple(n for n in stack[0] if isinstance(n, Tree))


def rebuilt(node: Tree, children: Iterable[Node]) -> Tree:
    """A tree of *children*; *node* itself if they are its own."""
    made = Tree(children)
    return node if len(made) == len(node) and all(map(_is, made, node)) else made


def _is(a: Node, b: Node) -> bool:
    return a is b or (isinstance(a, str) and a == b)


def mapped(node: Tree, change: Callable[[Tree], Node | None]) -> Tree:
    """*change* of every tree below *node*, from the inside out; None takes it out."""
    children: list[Node] = []
    for child in node:
        if isinstance(child, str):
            children.append(child)
        elif (new := change(mapped(child, change))) is not None:
            children.append(new)
    return rebuilt(node, children)


def walk(node: Tree) -> Iterator[Tree]:
    """*node* and every tree in it, outer ones first."""
    todo = [node]
    while todo:
        at = todo.pop()
        yield at
        todo.extend(reversed(at.trees))


Path: TypeAlias = tuple[int, ...]
"""From a root: which child, which child of that, and so on."""


def at(root: Tree, path: Path) -> Node:
    node: Node = root
    for i in path:
        assert isinstance(node, Tree)
        node = node[i]
    return node


def put(root: Tree, path: Path, *new: Node) -> Tree:
    """*root* with *new* (any number of nodes) in place of what is at *path*, which is not the root's own."""
    i, *rest = path
    child = root[i]
    if rest:
        assert isinstance(child, Tree)
        new = (put(child, tuple(rest), *new),)
    return Tree((*root[:i], *new, *root[i + 1 :]))


def renamed(node: Tree, names: dict[str, str]) -> Tree:
    """With other names."""
    if node.names.isdisjoint(names):
        return node
    return Tree([names.get(n, n) if isinstance(n, str) else renamed(n, names) for n in node])


WIDTH = 110


def pretty(node: Tree, indent: int = 0) -> str:
    """On several lines where it is long."""
    if indent + len(node.text) <= WIDTH and not _wants_lines(node):
        return node.text
    lines = ["("]
    first = True
    for child in node:
        text = child if isinstance(child, str) else child.text
        room = WIDTH - indent - len(lines[-1]) if len(lines) == 1 else 0
        on_this_line = isinstance(child, str) or (len(text) + 1 <= room and child.head in _BESIDE)
        if len(lines) == 1 and (first or on_this_line):
            lines[0] += text if first else f" {text}"
        elif isinstance(child, str):
            lines.append(f"{' ' * (indent + 2)}{text}")
        else:
            lines.append(f"{' ' * (indent + 2)}{pretty(child, indent + 2)}")
        first = False
    return "\n".join(lines) + ")"


_BESIDE = frozenset({"type", "param", "result", "table", "memory", "export", "import", "core", "func"})
_CONTAINERS = frozenset({"component", "module"})


def _wants_lines(node: Tree) -> bool:
    return len(node.trees) > 1 and (node.head in _CONTAINERS or node[:2] == ("core", "module"))

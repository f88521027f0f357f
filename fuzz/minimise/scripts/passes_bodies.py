"""Less code in core functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from fuzz.minimise.scripts.core_types import Signatures, locals_of, result_of, signatures, zero
from fuzz.minimise.scripts.model import ScriptParts
from fuzz.minimise.scripts.passes_definitions import bodies, body_of, modules
from fuzz.minimise.scripts.search import Search, fewer
from fuzz.minimise.scripts.tree import Node, Path, Tree, at, put, tree

_HEADS = frozenset({"type", "param", "result", "local"})


def trapping_bodies(search: Search) -> None:
    """`unreachable` in place of whole functions, of all but a few at once."""
    _fewer_bodies(search, lambda f, _: _with_code(f, (tree("unreachable"),)))


def constant_bodies(search: Search) -> None:
    """Zeros in place of whole functions."""
    _fewer_bodies(search, _constant)


def _constant(function: Tree, known: Signatures) -> Tree:
    _, results = known.of_function(str(function[1]))
    return _with_code(function, tuple(zero(t) for t in results))


def _fewer_bodies(search: Search, change: Callable[[Tree, Signatures], Tree]) -> None:
    for i, body in bodies(search.best):
        known = signatures(body)
        functions = {str(f[1]): f for m in modules(body) for f in m.trees if f.head == "func"}
        short = {name: change(f, known) for name, f in functions.items()}
        names = [name for name, f in functions.items() if len(short[name].text) < len(f.text)]

        def cut(run: Sequence[object], i: int = i, short: dict[str, Tree] = short) -> ScriptParts | None:
            body, wanted = body_of(search.best, i), set(run)
            return search.best.with_body(i, _replaced(body, {str(n): short[str(n)] for n in wanted}))

        fewer(search, names, cut)


def _with_code(function: Tree, code: tuple[Tree, ...]) -> Tree:
    return Tree((*(n for n in function if isinstance(n, str) or (n.head in _HEADS and n.head != "local")), *code))


def _replaced(body: Tree, functions: dict[str, Tree]) -> Tree:
    def change(node: Tree) -> Node:
        if node.head == "func" and len(node) > 2 and str(node[1]) in functions:
            return functions[str(node[1])]
        return node

    return _in_modules(body, change)


def _in_modules(node: Tree, change: Callable[[Tree], Node]) -> Tree:
    """*change* of each field of each core module."""
    if node.head == "module" or node[:2] == ("core", "module"):
        return Tree([n if isinstance(n, str) else change(n) for n in node])
    if node.head != "component":
        return node
    return Tree([n if isinstance(n, str) else _in_modules(n, change) for n in node])


# -- instructions


def less_code(search: Search) -> None:
    """Instructions, from whole functions down to constants."""
    for i, body in bodies(search.best):
        known = signatures(body)
        for path in _functions(body):
            _Code(search, i, path, known).shrink()


def _functions(body: Tree, path: Path = ()) -> Iterator[Path]:
    """The paths of core functions and globals."""
    node = at(body, path)
    assert isinstance(node, Tree)
    inside = node.head == "module" or node[:2] == ("core", "module")
    for n, child in enumerate(node):
        if not isinstance(child, Tree):
            continue
        if inside and child.head == "func":
            yield (*path, n)
        elif not inside and (child.head == "component" or child[:2] == ("core", "module")):
            yield from _functions(body, (*path, n))


class _Code:
    """One function, reached by the path that it has all the time."""

    def __init__(self, search: Search, index: int, path: Path, known: Signatures) -> None:
        self.search, self.index, self.path, self.known = search, index, path, known

    @property
    def body(self) -> Tree:
        return body_of(self.search.best, self.index)

    def at(self, path: Path) -> Tree:
        node = at(self.body, path)
        assert isinstance(node, Tree)
        return node

    def improves(self, path: Path, *new: Node) -> bool:
        return self.search.improves(self.search.best.with_body(self.index, put(self.body, path, *new)))

    def shrink(self) -> None:
        self.block(self.path)
        self.locals()

    def block(self, path: Path) -> None:
        """What is in a function or block: fewer statements, then each by itself."""
        self.fewer_statements(path)
        self.each(path)

    def each(self, path: Path) -> None:
        """The instructions that one has in it."""
        n = 0
        while n < len(node := self.at(path)):
            child = node[n]
            if isinstance(child, Tree) and child.head not in _HEADS:
                before = len(node)
                self.instruction((*path, n))
                if len(self.at(path)) != before:
                    continue
            n += 1

    def fewer_statements(self, path: Path) -> None:
        node = self.at(path)
        statements = [n for n in node if isinstance(n, Tree) and n.head not in _HEADS]
        if len(statements) < 2:
            return

        def cut(run: Sequence[object]) -> ScriptParts | None:
            gone = {id(n) for n in run}
            now = self.at(path)
            kept = Tree([n for n in now if id(n) not in gone])
            return self.search.best.with_body(self.index, put(self.body, path, kept))

        fewer(self.search, statements, cut)

    def instruction(self, path: Path) -> None:
        """Out with it, or something plainer in its place."""
        if self.replaced(path):
            return
        node = self.at(path)
        if node.head in ("block", "loop", "if", "then", "else", "try_table"):
            self.block(path)
        else:
            self.each(path)

    def replaced(self, path: Path) -> bool:
        """Whether something plainer does in place of the instruction; it is as plain as it gets, then."""
        node = self.at(path)
        function = self.at(self.path)
        locals = locals_of(function)
        results = result_of(node, self.known, locals)
        if node.head in ("then", "else"):
            return len(node) > 1 and node.head == "else" and self.improves(path)
        if not results and self.improves(path):
            return True
        is_constant = node.head.endswith(".const")
        if results and len(results) == 1 and not is_constant and self.improves(path, zero(results[0])):
            return True
        if is_constant and len(node) == 2 and node[1] not in ("0", "1"):
            return self.improves(path, tree(node[0], "0")) or self.improves(path, tree(node[0], "1"))
        if node.head in ("block", "loop", "if") and self.hoisted(path, node):
            return True
        for child in node.trees:
            if child.head in _HEADS or child.head in ("then", "else"):
                continue
            kind = result_of(child, self.known, locals)
            if results is not None and kind == results and self.improves(path, child):
                return self.replaced(path)
        return False

    def hoisted(self, path: Path, node: Tree) -> bool:
        """Whether the statements of a block do without it."""
        inner: list[Node] = []
        for child in node.trees:
            if child.head in ("then", "else"):
                inner += child.trees
            elif child.head not in _HEADS:
                inner.append(child if node.head != "if" else tree("drop", child))
        return self.improves(path, *inner)

    def locals(self) -> None:
        function = self.at(self.path)
        used = frozenset().union(*(n.names for n in function.trees if n.head not in _HEADS))
        kept = [n for n in function if not (isinstance(n, Tree) and n.head == "local" and not (n.names & used))]
        if len(kept) < len(function):
            self.improves(self.path, Tree(kept))



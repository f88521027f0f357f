"""Types of core functions and globals, and of instructions as far as they tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fuzz.minimise.scripts.tree import Node, Tree, tree, walk

Types = tuple[Node, ...]


@dataclass(slots=True)
class Signatures:
    """By name, of a whole tree with unique names."""

    types: dict[str, tuple[Types, Types]] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    """The names of their types."""
    globals: dict[str, Node] = field(default_factory=dict)

    def of_function(self, name: str) -> tuple[Types, Types]:
        """Parameters and results; nothing of both where it is not known."""
        return self.types.get(self.functions.get(name, ""), ((), ()))


def signatures(body: Tree) -> Signatures:
    found = Signatures()
    modules = [body] if body.head == "module" else [n for n in walk(body) if n[:2] == ("core", "module")]
    for module in modules:
        for node in module.trees:
            _add(node, found)
    return found


def _add(node: Tree, found: Signatures) -> None:
    match node:
        case ("rec", *types):
            for type in types:
                if isinstance(type, Tree):
                    _add(type, found)
        case ("type", str() as name, *_, ("func", *parts)):
            found.types[name] = _parts(parts, "param"), _parts(parts, "result")
        case ("func", str() as name, ("type", str() as type), *_):
            found.functions[name] = type
        case ("import", _, _, ("func", str() as name, ("type", str() as type), *_)):
            found.functions[name] = type
        case ("import", _, _, ("global", str() as name, type)) | ("global", str() as name, type, *_):
            found.globals[name] = type[1] if isinstance(type, Tree) and type.head == "mut" else type


def _parts(parts: list[Node], head: str) -> Types:
    return tuple(n for p in parts if isinstance(p, Tree) and p.head == head
                 for n in p[1:] if not (isinstance(n, str) and n.startswith("$")))


def zero(type: Node) -> Tree:
    """A constant of a core type."""
    match type:
        case "i32" | "i64" | "f32" | "f64":
            return tree(f"{type}.const", "0")
        case "v128":
            return tree("v128.const", "i64x2", "0", "0")
        case "externref":
            return tree("ref.null", "extern")
        case "funcref":
            return tree("ref.null", "func")
        case ("ref", "null", what):
            return tree("ref.null", what)
    return tree("unreachable")


_TESTS = frozenset({"eqz", "eq", "ne", "lt", "gt", "le", "ge", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s",
                    "ge_u"})
_NUMBERS = frozenset({"i32", "i64", "f32", "f64"})
NOTHING: Types = ()


def result_of(node: Tree, known: Signatures, locals: Mapping[str, Node]) -> Types | None:
    """The types that an instruction leaves; None where that is not known here."""
    head = node.head
    prefix, dot, operation = head.partition(".")
    if dot and prefix in _NUMBERS:
        if operation.startswith("store"):
            return NOTHING
        return ("i32",) if operation in _TESTS else (prefix,)
    match node:
        case ("local.get" | "local.tee", str() as name, *_) if name in locals:
            return (locals[name],)
        case ("global.get", str() as name) if name in known.globals:
            return (known.globals[name],)
        case ("call", str() as name, *_) if name in known.functions:
            return known.of_function(name)[1]
        case ("block" | "loop" | "if" | "try_table", *parts):
            if any(isinstance(p, Tree) and p.head == "type" for p in parts):
                return None
            return _parts(list(parts), "result")
        case ("local.set" | "global.set" | "drop" | "nop" | "memory.copy" | "memory.fill" | "memory.init" | "data.drop"
              | "elem.drop" | "table.set" | "table.copy" | "table.init" | "table.fill" | "br_if", *_):
            return NOTHING
    return None


def locals_of(function: Tree) -> dict[str, Node]:
    """The types of its parameters and locals."""
    found: dict[str, Node] = {}
    for n in function.trees:
        match n:
            case ("param" | "local", str() as name, type):
                found[name] = type
    return found

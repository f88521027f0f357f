"""Core functions made to fit when the type that they are lifted or lowered with becomes another.

CanonicalABI.md: Flattening. What was passed and is no more becomes a local that is 0; what is new is ignored, or 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fuzz.minimise.scripts.core_types import zero
from fuzz.minimise.scripts.shapes import Types
from fuzz.minimise.scripts.tree import Node, Tree, mapped, tree, walk

MAX_PARAMS, MAX_RESULTS = 16, 1
Flat = tuple[str, ...]


class _Unknown(Exception):
    """A type that cannot be told."""


def flat(types: Types, t: Node) -> Flat:
    """With 32-bit memories. Raises `_Unknown`."""
    whole = types.whole(t)
    match whole:
        case "f32" | "f64":
            return (whole,)
        case "s64" | "u64":
            return ("i64",)
        case "string":
            return ("i32", "i32")
        case str() if not whole.startswith("$"):
            return ("i32",)
        case ("own" | "borrow" | "enum", *_):
            return ("i32",)
        case ("list", _) | ("map", _, _):
            return ("i32", "i32")
        case ("list", element, str() as count):
            return flat(types, element) * int(count)
        case ("record", *fields):
            return tuple(f for field in fields for f in flat(types, field[-1]))
        case ("tuple", *elements):
            return tuple(f for e in elements for f in flat(types, e))
        case ("flags", *_):
            return ("i32",)
        case ("option", payload):
            return ("i32", *flat(types, payload))
        case ("variant", *cases):
            return ("i32", *_joined([flat(types, c[2]) for c in cases if len(c) > 2]))
        case ("result", *parts):
            payloads = [p[1] if isinstance(p, Tree) and p.head == "error" else p for p in parts]
            return ("i32", *_joined([flat(types, p) for p in payloads]))
    raise _Unknown


def _joined(cases: Sequence[Flat]) -> Flat:
    count = max(map(len, cases), default=0)
    return tuple(_join([c[i] for c in cases if i < len(c)]) for i in range(count))


def _join(types: Sequence[str]) -> str:
    if len(set(types)) == 1:
        return types[0]
    return "i32" if set(types) <= {"i32", "f32"} else "i64"


@dataclass(frozen=True, slots=True)
class Change:
    """Of a core function's type. *kept*: for each new parameter the number of the old one that it is; None if it is
    none."""

    old: tuple[Flat, Flat]
    new: tuple[Flat, Flat]
    kept: tuple[int | None, ...]


def with_core_signatures(before: Tree, after: Tree, dropped: int | None) -> Tree:
    """*after*, whose types are other than those of *before*, with core functions that fit; as it is where nobody knows.

    *dropped*: the number of the parameter that is gone from the functions whose type has changed.
    """
    old_types, new_types = Types(before), Types(after)
    lifted: dict[str, Change] = {}
    lowered: dict[str, Change] = {}
    functions = _function_types(before)
    for node in walk(before):
        match node:
            case ("func", _, ("type", str() as t), ("canon", "lift", ("core", "func", str() as core), *options)):
                if (change := _change(old_types, new_types, t, "lift", dropped)) is not None:
                    lifted[core] = change
                    lifted |= {after: _of_post_return(change) for after in _post_returns(options)}
            case ("core", "func", str() as name, ("canon", "lower", ("func", str() as f), *_)) if f in functions:
                if (change := _change(old_types, new_types, functions[f], "lower", dropped)) is not None:
                    lowered[name] = change
    if not lifted and not lowered:
        return after
    return _rewritten(after, _definitions(before, lifted), _imports(before, lowered))


def _post_returns(options: Sequence[Node]) -> list[str]:
    return [str(o[1]) for o in options if isinstance(o, Tree) and o.head == "post-return"]


def _of_post_return(change: Change) -> Change:
    """It takes what the function returns."""
    old, new = change.old[1], change.new[1]
    return Change((old, ()), (new, ()), tuple(0 if old == new else None for _ in new))


def _function_types(body: Tree) -> dict[str, str]:
    """The type's name of each component function that tells it, or has it from an instance here."""
    found: dict[str, str] = {}
    labels: dict[str, str] = {}
    for node in walk(body):
        match node:
            case ("func", str() as name, ("type", str() as t), *_):
                found[name] = t
    for node in walk(body):
        match node:
            case ("export", _, str() as label, ("func", str() as f), *_) if f in found:
                labels.setdefault(label, found[f])
            case ("export", str() as label, ("func", str() as f, ("type", str() as t))):
                labels.setdefault(label, t)
    for node in walk(body):
        match node:
            case ("alias", "export", _, str() as label, ("func", str() as name)) if label in labels:
                found.setdefault(name, labels[label])
    return found


def _change(old: Types, new: Types, t: str, kind: str, dropped: int | None) -> Change | None:
    try:
        a, b = _signature(old, t, kind), _signature(new, t, kind)
    except (_Unknown, KeyError, IndexError, ValueError):
        return None
    if (a[0], a[1]) == (b[0], b[1]):
        return None
    return Change((a[0], a[1]), (b[0], b[1]), _kept(a, b, dropped))


def _signature(types: Types, t: str, kind: str) -> tuple[Flat, Flat, list[Flat]]:
    """Parameters, results, and the parameters of each component-level one; one pointer if there are too many."""
    function = types.whole(t)
    if not isinstance(function, Tree):
        raise _Unknown
    params = [flat(types, p[-1]) for p in function.trees if p.head == "param"]
    results = [flat(types, p[-1]) for p in function.trees if p.head == "result"]
    result = results[0] if results else ()
    taken: list[Flat] = [("i32",)] if sum(map(len, params)) > MAX_PARAMS else params
    if len(result) <= MAX_RESULTS:
        return _sum(taken), result, taken
    return (_sum(taken), ("i32",), taken) if kind == "lift" else (_sum([*taken, ("i32",)]), (), [*taken, ("i32",)])


def _sum(flats: Sequence[Flat]) -> Flat:
    return tuple(f for part in flats for f in part)


_Signature = tuple[Flat, Flat, list[Flat]]


def _kept(a: _Signature, b: _Signature, dropped: int | None) -> tuple[int | None, ...]:
    begins = [sum(map(len, a[2][:i])) for i in range(len(a[2]))]
    olds = [i for i in range(len(a[2])) if i != dropped] if len(a[2]) > len(b[2]) else list(range(len(a[2])))
    kept: list[int | None] = []
    for i, part in enumerate(b[2]):
        same = i < len(olds) and a[2][olds[i]] == part
        kept += [begins[olds[i]] + k if same else None for k in range(len(part))]
    return tuple(kept)


# -- where core functions are


def _definitions(body: Tree, lifted: dict[str, Change]) -> dict[tuple[str, str], Change]:
    """By core module and label of the export."""
    modules = _instantiated(body)
    found: dict[tuple[str, str], Change] = {}
    for node in walk(body):
        match node:
            case ("alias", "core", "export", str() as i, str() as label, ("core", "func", str() as f)) if f in lifted:
                if i in modules:
                    found[modules[i], label] = lifted[f]
    return found


def _imports(body: Tree, lowered: dict[str, Change]) -> dict[tuple[str, str, str], Change]:
    """By core module and the two labels of the import."""
    given: dict[str, list[tuple[str, str]]] = {}
    for node in walk(body):
        match node:
            case ("core", "instance", _, ("instantiate", str() as module, *withs)):
                for w in withs:
                    given.setdefault(str(w[2][1]), []).append((module, str(w[1])))
    found: dict[tuple[str, str, str], Change] = {}
    for node in walk(body):
        match node:
            case ("core", "instance", str() as i, *parts):
                for p in parts:
                    match p:
                        case ("export", str() as label, ("func", str() as f)) if f in lowered:
                            for module, space in given.get(i, ()):
                                found[module, space, label] = lowered[f]
    return found


def _instantiated(body: Tree) -> dict[str, str]:
    """The core module of each core instance."""
    found: dict[str, str] = {}
    for node in walk(body):
        match node:
            case ("core", "instance", str() as name, ("instantiate", str() as module, *_)):
                found[name] = module
    return found


# -- rewriting


def _rewritten(
    body: Tree, definitions: dict[tuple[str, str], Change], imports: dict[tuple[str, str, str], Change]
) -> Tree:
    def change(node: Tree) -> Node:
        return _module(node, definitions, imports) if node[:2] == ("core", "module") else node

    return mapped(body, change)


def _module(
    module: Tree, definitions: dict[tuple[str, str], Change], imports: dict[tuple[str, str, str], Change]
) -> Tree:
    own = str(module[2])
    exported = {str(f[2][1]): definitions[own, str(f[1])] for f in module.trees
                if f.head == "export" and (own, str(f[1])) in definitions}
    called: dict[str, Change] = {}
    fields: list[Node] = []
    for field in module[3:]:
        match field:
            case ("import", str() as space, str() as label, ("func", str() as name, *_)) \
                    if (own, space, label) in imports:
                called[name] = imports[own, space, label]
                fields.append(tree("import", space, label, tree("func", name, *_types(*called[name].new))))
            case ("func", str() as name, *_) if name in exported and isinstance(field, Tree):
                fields.append(_function(field, exported[name]))
            case _:
                fields.append(field)
    made = Tree((*module[:3], *fields))
    return mapped(made, lambda node: _call(node, called)) if called else made


def _types(params: Flat, results: Flat) -> list[Node]:
    return [*([Tree(("param", *params))] if params else []), *([Tree(("result", *results))] if results else [])]


def _function(function: Tree, change: Change) -> Tree:
    """As it is where it has not the type that it should have: candidates need not be valid."""
    names = [str(n[1]) for n in function.trees if n.head == "param"]
    if len(names) != len(change.old[0]):
        return function
    kept = set(change.kept)
    params: list[Node] = []
    for type, number in zip(change.new[0], change.kept, strict=True):
        params.append(tree("param", type) if number is None else tree("param", names[number], type))
    locals = [tree("local", name, type) for i, (name, type) in enumerate(zip(names, change.old[0], strict=True))
              if i not in kept]
    code = [n for n in function[2:] if isinstance(n, Tree) and n.head not in ("type", "param", "result")]
    own = [n for n in code if n.head == "local"]
    body: list[Node] = [n for n in code if n.head != "local"]
    old, new = change.old[1], change.new[1]
    if old != new:
        inner = Tree(("block", *([Tree(("result", *old))] if old else []), *body))
        body = [tree("drop", inner) if old else inner, *([zero(new[0])] if new else [])]
    results = [Tree(("result", *new))] if new else []
    return Tree(("func", function[1], *params, *results, *locals, *own, *body))


def _call(node: Tree, called: dict[str, Change]) -> Node:
    match node:
        case ("call", str() as name, *args) if name in called and len(args) == len(called[name].old[0]):
            change = called[name]
            given = [zero(t) if old is None else args[old]
                     for t, old in zip(change.new[0], change.kept, strict=True)]
            return _with_result(tree("call", name, *given), change.old[1], change.new[1])
    return node


def _with_result(call: Tree, before: Flat, after: Flat) -> Tree:
    """*call*, which leaves *after*, where *before* is wanted."""
    if before == after:
        return call
    done = tree("drop", call) if after else call
    return tree("block", tree("result", *before), done, zero(before[0])) if before else done

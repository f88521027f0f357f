"""A component of another case, with all that it is made of, as a child of this one's root."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from generators.blueprint import (
    Answer,
    Behaviour,
    Blueprint,
    Call,
    Child,
    Definition,
    EchoArgument,
    Export,
    HostFunction,
    Import,
    Ref,
    Signature,
    to_json,
)
from generators.codetext import passes_code
from generators.mutation.images import fresh_image
from generators.mutation.values_sources import named, redirected, users
from generators.mutation.words import Found
from generators.rewriting.inserting import renumbered, with_definitions_inserted, with_item_inserted
from generators.rewriting.parts import with_definition
from generators.rewriting.sight import functions_in_sight, has_all, instances_in_sight
from generators.typetext import provided, signatures_in

MOST_GRAFTED = 5_000
"""Of a component as JSON."""

MOST_IMPORTS = 8


def grafted(first: Blueprint, second: Blueprint, random: Random) -> Found:
    """A component of *second*: its imports are provided by what the root has, or else by the host; one of its functions
    takes the place of another one, or is exported and called."""
    able = [e for e in range(len(second.definitions)) if _can_be_moved(second, e)]
    if not able:
        return None
    e = random.choice(able)
    parts = _parts(second, e)
    at = first.root
    numbers = {old: at + n for n, old in enumerate(parts)}
    new = tuple(_moved(first, second.definitions[old], numbers, at + len(parts)) for old in parts)
    if sum(len(to_json(definition)) for definition in new) > MOST_GRAFTED:
        return None
    wider = with_definitions_inserted(first, at, new)
    hostile = tuple(replace(h, place=replace(h.place, definition=numbers[h.place.definition])) for h in second.hostile
                    if h.place.definition in numbers)
    wider = replace(wider, hostile=(*wider.hostile, *hostile))
    made = _instantiated(wider, numbers[e], second, random)
    return None if made is None else (made[0], f"definition {e} of the other case, {made[1]}")


def _parts(b: Blueprint, e: int) -> list[int]:
    """The definition and all that it instantiates, or that those do."""
    found: set[int] = set()
    todo = [e]
    while todo:
        d = todo.pop()
        if d not in found:
            found.add(d)
            todo += [item.definition for item in b.definitions[d].items if isinstance(item, Child)]
            inside = b.definitions[d].home
            if inside is not None and d != e and e in b.chain(d):
                todo.append(inside)
    return sorted(found)


def _can_be_moved(b: Blueprint, e: int) -> bool:
    """Whether no code is passed on in it, and it provides functions."""
    definition = b.definitions[e]
    if any(used.code is not None or used.library for used in definition.imports):
        return False
    if any(passes_code(b.definitions[d]) for d in _parts(b, e)):
        return False
    return any(True for export in definition.exports for _ in signatures_in(provided(b, definition, export.ref)))


def _moved(first: Blueprint, definition: Definition, numbers: dict[int, int], root: int) -> Definition:
    """Homed where it was, if that comes along, else in the root."""
    home = numbers.get(definition.home, root) if definition.home is not None else root
    moved = renumbered(replace(definition, home=None), lambda d: numbers[d])
    naming = first.definitions[0].naming if any(map(passes_code, first.definitions)) else definition.naming
    return replace(moved, home=home, outer_types=(), naming=naming)


def _instantiated(
    b: Blueprint, e: int, second: Blueprint, random: Random
) -> tuple[Blueprint, str] | None:
    """An instance of definition *e* in the root, and a use of it."""
    definition = b.definitions[e]
    functions = [(name, path) for export in definition.exports
                 for name, path in [(export.name, path) for path in _functions(b, definition, export)]]
    name, path = random.choice(functions)
    signature = provided(b, definition, next(x.ref for x in definition.exports if x.name == name))
    for part in path:
        assert isinstance(signature, dict)
        signature = signature[part]
    assert isinstance(signature, Signature)
    root = b.root
    able = [(i, ref) for d, i, ref in users(b) if d == root and i < len(b.definitions[root].items)
            and provided(b, b.definitions[root], ref) == signature]
    at, old = random.choice(able) if able else (len(b.definitions[root].items), None)
    wider, args = _arguments(b, definition, at, second, random)
    if len(wider.definitions[root].imports) > MOST_IMPORTS:
        return None
    wider = with_item_inserted(wider, root, at, Child(e, args))
    used = Ref("item", at, (name, *path))
    if old is not None:
        return redirected(wider, root, at + 1, old, used), f"instead of {named(old)} of the root"
    return _called(wider, used, signature, random), "exported and called"


def _functions(b: Blueprint, definition: Definition, export: Export) -> list[tuple[str, ...]]:
    """The ways to the functions in an export."""
    todo: list[tuple[tuple[str, ...], object]] = [((), provided(b, definition, export.ref))]
    found = []
    while todo:
        path, tree = todo.pop()
        if isinstance(tree, Signature):
            found.append(path)
        elif isinstance(tree, dict):
            todo += [((*path, name), inner) for name, inner in tree.items()]
    return found


def _called(b: Blueprint, ref: Ref, signature: Signature, random: Random) -> Blueprint:
    root = b.definitions[b.root]
    names = {export.name for export in root.exports}
    name = next(name for n in range(100) if (name := f"f{n}") not in names)
    call = Call(name, tuple(fresh_image(t, random) for t in signature.params))
    wider = with_definition(b, b.root, replace(root, exports=(*root.exports, Export(name, ref))))
    return replace(wider, calls=(*wider.calls, call))


# -- arguments


def _arguments(
    b: Blueprint, definition: Definition, before: int, second: Blueprint, random: Random
) -> tuple[Blueprint, tuple[Ref, ...]]:
    """What the root gives for the imports of *definition*; the host gives what the root does not have."""
    args = []
    for used in definition.imports:
        found = _match(b, used, before)
        if found and random.random() < 0.8:
            args.append(random.choice(found))
        else:
            b, ref = _by_host(b, used, second, random)
            args.append(ref)
    return b, tuple(args)


def _match(b: Blueprint, used: Import, before: int) -> list[Ref]:
    if used.signature is not None:
        return [ref for ref, s in functions_in_sight(b, b.root, before) if s == used.signature]
    return [ref for ref, tree in instances_in_sight(b, b.root, before) if has_all(tree, used.tree)]


def _by_host(b: Blueprint, used: Import, second: Blueprint, random: Random) -> tuple[Blueprint, Ref]:
    root = b.definitions[b.root]
    names = {other.name for other in root.imports}
    name = next(name for n in range(100) if (name := f"host{n}") not in names)
    imports = (*root.imports, replace(used, name=name, levels=0))
    signatures = {(name, *member.split("#")): s for member, s in used.members}
    if used.signature is not None:
        signatures = {(name,): used.signature}
    host = tuple(HostFunction(path, _behaviour(s, second, random)) for path, s in signatures.items())
    wider = with_definition(b, b.root, replace(root, imports=imports))
    return replace(wider, host=(*wider.host, *host)), Ref("import", len(root.imports))


def _behaviour(signature: Signature, second: Blueprint, random: Random) -> Behaviour:
    """As the second case's host behaves, where it answers with the same type; else an echo or a constant."""
    result = signature.result
    if result is None:
        return Answer()
    theirs = [h.behaviour for h in second.host if isinstance(h.behaviour, Answer) and h.behaviour.type == result]
    echoes = [n for n, t in enumerate(signature.params) if t == result]
    if theirs and random.random() < 0.6:
        return random.choice(theirs)
    return EchoArgument(random.choice(echoes)) if echoes else Answer(result, fresh_image(result, random))

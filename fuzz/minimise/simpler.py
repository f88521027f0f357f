"""Simpler value types for a blueprint: one type is replaced wherever it occurs, and the images of its values with it.

Types are equal by value, so that whoever calls a function and whoever defines it still agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from fuzz.minimise.substitute import Substitution, in_image, in_path, in_type, optional, substitutions
from generators.blueprint import (
    Answer,
    Blueprint,
    Bundle,
    Call,
    Child,
    Definition,
    Function,
    Guest,
    HostFunction,
    Import,
    Item,
    Relift,
    Signature,
    Step,
    function_with_atoms,
    with_atoms,
)
from generators.hostile_choices import RESULT, START, Damaged, Hostile
from generators.operands import Atom, Const
from generators.rewriting.slots import signatures
from generators.valtypes import Type, is_scalar, part_at, walk
from generators.wiring import called, wire


def simpler_types(b: Blueprint) -> Iterator[Blueprint]:
    """One type replaced by u32, by a part of it, or by one with less in it."""
    for t in _types(b):
        for substitution in substitutions(t):
            yield substituted(b, substitution)


def _types(b: Blueprint) -> list[Type]:
    """Every type that is no scalar and that a function's type mentions, wholes before their parts."""
    found: dict[Type, None] = {}
    for s in signatures(b):
        for t in (*s.params, *(() if s.result is None else (s.result,))):
            found.update(dict.fromkeys(u for u in walk(t) if not is_scalar(u)))
    return list(found)[::-1]


def substituted(b: Blueprint, s: Substitution) -> Blueprint:
    """Raises what it raises when *b* itself does not make sense."""
    nodes = called(b, wire(b))
    calls = tuple(
        Call(call.export, tuple(in_image(t, i, s) for t, i in zip(node.signature.params, call.args, strict=True)))
        for call, node in zip(b.calls, nodes, strict=True)
    )
    hostile = tuple(new for h in b.hostile if (new := _hostile(b, h, s)) is not None)
    return replace(
        b, definitions=tuple(_definition(d, s) for d in b.definitions), host=tuple(_host(h, s) for h in b.host),
        calls=calls, hostile=hostile,
    )


def in_signature(signature: Signature, s: Substitution) -> Signature:
    return Signature(tuple(in_type(t, s) for t in signature.params), optional(signature.result, s))


def _definition(definition: Definition, s: Substitution) -> Definition:
    return replace(
        definition,
        imports=tuple(_import(used, s) for used in definition.imports),
        items=tuple(_item(item, s) for item in definition.items),
        types=tuple(dict.fromkeys(in_signature(t, s) for t in definition.types)),
    )


def _import(used: Import, s: Substitution) -> Import:
    signature = None if used.signature is None else in_signature(used.signature, s)
    return replace(used, signature=signature, members=tuple((n, in_signature(m, s)) for n, m in used.members))


def _item(item: Item, s: Substitution) -> Item:
    match item:
        case Guest(imports=imports, functions=functions):
            return replace(
                item,
                imports=tuple(replace(used, signature=in_signature(used.signature, s)) for used in imports),
                functions=tuple(_function(f, s) for f in functions),
                start=_steps(item.start, s),
            )
        case Relift(signature=signature):
            return replace(item, signature=in_signature(signature, s))
        case Child() | Bundle():
            return item


def _function(function: Function, s: Substitution) -> Function:
    changed = function_with_atoms(function, partial(_atom, s))
    return replace(changed, signature=in_signature(function.signature, s))


def _steps(steps: tuple[Step, ...], s: Substitution) -> tuple[Step, ...]:
    return tuple(with_atoms(step, partial(_atom, s)) for step in steps)


def _atom(s: Substitution, atom: Atom) -> Atom:
    return Const(in_type(atom.type, s), in_image(atom.type, atom.image, s)) if isinstance(atom, Const) else atom


def _host(host: HostFunction, s: Substitution) -> HostFunction:
    match host.behaviour:
        case Answer(type=t, image=image) if t is not None:
            return HostFunction(host.path, Answer(in_type(t, s), in_image(t, image, s)))
    return host


def damaged_type(b: Blueprint, h: Damaged) -> Type:
    """The type of the whole value that *h* damages."""
    guest, number = b.guest(h.place), h.place.function
    if h.step == RESULT:
        result = guest.functions[number].signature.result
        assert result is not None
        return result
    steps = guest.start if number == START else guest.functions[number].steps
    return guest.imports[steps[h.step].callee].signature.params[h.argument]


def _hostile(b: Blueprint, hostile: Hostile, s: Substitution) -> Hostile | None:
    if not isinstance(hostile, Damaged):
        return hostile
    t = damaged_type(b, hostile)
    path, image = in_path(t, hostile.image, hostile.path, s), in_image(t, hostile.image, s)
    part = part_at(t, hostile.image, hostile.path)
    if path is None or part is None or part_at(in_type(t, s), image, path) != in_type(part, s):
        return None
    return replace(hostile, image=image, path=path)

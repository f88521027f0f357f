"""Plainer function types for a blueprint: one type is replaced everywhere it occurs.

Types are equal by value, so that whoever calls a function and whoever defines it still agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from msgspec.structs import replace

from fact.model.types import Prim
from fuzz.minimise.images import some
from generators.blueprint import (
    Answer,
    Blueprint,
    Bundle,
    Call,
    Child,
    Definition,
    EchoArgument,
    Function,
    Guest,
    HostFunction,
    Import,
    Item,
    Relift,
    Signature,
    Step,
    function_with_atoms,
)
from generators.frozen import put
from generators.hostile_choices import (
    RESULT,
    START,
    Damaged,
    Hostile,
    RawArgument,
    RawResult,
    ResultPointer,
    SpilledPadding,
    SpilledPointer,
)
from generators.layout import spills, spills_result
from generators.operands import Atom, Const, Param, Previous
from generators.wiring import called, wire


@dataclass(frozen=True, slots=True)
class Change:
    """*old* becomes *new*, which takes the old parameters *kept*, in that order."""

    old: Signature
    new: Signature
    kept: tuple[int, ...]


def plainer_types(b: Blueprint) -> Iterator[Blueprint]:
    """One function type with fewer parameters, without a result, or with u32 in place of another type; the longest
    first."""
    for signature in sorted(signatures(b), key=lambda s: -len(s.params)):
        for change in _plainer(signature):
            yield retyped(b, change)


def signatures(b: Blueprint) -> list[Signature]:
    """Every function type that occurs."""
    found: dict[Signature, None] = {}
    for definition in b.definitions:
        for used in definition.imports:
            found.update(dict.fromkeys(s for _, s in used.members))
            if used.signature is not None:
                found[used.signature] = None
        for item in definition.items:
            match item:
                case Guest(imports=imports, functions=functions):
                    found.update(dict.fromkeys(i.signature for i in imports))
                    found.update(dict.fromkeys(f.signature for f in functions))
                case Relift(signature=signature):
                    found[signature] = None
    return list(found)


def _plainer(s: Signature) -> Iterator[Change]:
    everything = tuple(range(len(s.params)))
    halves = (everything[: len(everything) // 2], everything[len(everything) // 2 :])
    keeps = [(), *halves] if len(everything) > 2 else []
    keeps += [everything[:p] + everything[p + 1 :] for p in everything]
    for kept in keeps:
        yield Change(s, Signature(tuple(s.params[p] for p in kept), s.result), kept)
    if s.result is not None:
        yield Change(s, Signature(s.params, None), everything)
        if s.result != Prim.U32:
            yield Change(s, Signature(s.params, Prim.U32), everything)
    for p in everything:
        if s.params[p] != Prim.U32:
            yield Change(s, Signature(put(s.params, p, Prim.U32), s.result), everything)


def retyped(b: Blueprint, change: Change) -> Blueprint:
    """Raises what it raises when *b* itself does not make sense."""
    nodes = called(b, wire(b))
    calls = tuple(
        _call(call, change) if node.signature == change.old else call for call, node in zip(b.calls, nodes, strict=True)
    )
    imports = b.definitions[b.root].imports
    host_types: dict[tuple[str, ...], Signature] = {
        (u.name, *n.split("#")): s for u in imports for n, s in u.members
    }
    host_types |= {(u.name,): u.signature for u in imports if u.signature is not None}
    host = tuple(_host(h, change) if host_types.get(h.path) == change.old else h for h in b.host)
    hostile = tuple(new for h in b.hostile if (new := _hostile(b, h, change)) is not None)
    definitions = tuple(_definition(d, change) for d in b.definitions)
    return replace(b, definitions=definitions, host=host, calls=calls, hostile=hostile)


def _call(call: Call, change: Change) -> Call:
    images = tuple(
        call.args[p] if change.new.params[n] == change.old.params[p] else 1 for n, p in enumerate(change.kept)
    )
    return Call(call.export, images)


def _host(host: HostFunction, change: Change) -> HostFunction:
    result = change.new.result
    match host.behaviour:
        case EchoArgument(index=index) if result is not None:
            n = change.kept.index(index) if index in change.kept else None
            if n is not None and change.new.params[n] == result:
                return HostFunction(host.path, EchoArgument(n))
            return HostFunction(host.path, Answer(result, some(result)))
        case EchoArgument() | Answer() if result != change.old.result:
            return HostFunction(host.path, Answer() if result is None else Answer(result, some(result)))
    return host


def _definition(definition: Definition, change: Change) -> Definition:
    return replace(
        definition,
        imports=tuple(_import(used, change) for used in definition.imports),
        items=tuple(_item(item, change) for item in definition.items),
        types=tuple(dict.fromkeys(_signature(s, change) for s in definition.types)),
    )


def _signature(signature: Signature, change: Change) -> Signature:
    return change.new if signature == change.old else signature


def _import(used: Import, change: Change) -> Import:
    signature = None if used.signature is None else _signature(used.signature, change)
    return replace(used, signature=signature, members=tuple((n, _signature(s, change)) for n, s in used.members))


def _item(item: Item, change: Change) -> Item:
    match item:
        case Guest(imports=imports, functions=functions):
            types = [used.signature for used in imports]
            return replace(
                item,
                imports=tuple(replace(used, signature=_signature(used.signature, change)) for used in imports),
                functions=tuple(_function(f, types, change) for f in functions),
                start=tuple(_step(step, types, change) for step in item.start),
            )
        case Relift(signature=signature):
            return replace(item, signature=_signature(signature, change))
        case Child() | Bundle():
            return item


def _function(function: Function, callees: list[Signature], change: Change) -> Function:
    steps = tuple(_step(step, callees, change) for step in function.steps)
    if function.signature != change.old:
        return replace(function, steps=steps)
    changed = function_with_atoms(replace(function, steps=steps), partial(_atom, change))
    result = change.new.result
    returns = None if result is None else changed.returns or Const(result, some(result))
    post_return = function.post_return and result is not None
    return replace(changed, signature=change.new, returns=returns, post_return=post_return)


def _step(step: Step, callees: list[Signature], change: Change) -> Step:
    if callees[step.callee] != change.old:
        return step
    return replace(step, args=tuple(step.args[p] for p in change.kept))


def _atom(change: Change, atom: Atom) -> Atom:
    """Inside a function whose type changes: parameters have new numbers, those that are gone become a constant."""
    if not isinstance(atom, Param | Previous):
        return atom
    if atom.index in change.kept:
        return replace(atom, index=change.kept.index(atom.index))
    t = change.old.params[atom.index]
    return Const(t, some(t))


def _hostile(b: Blueprint, hostile: Hostile, change: Change) -> Hostile | None:
    """None when it was laid over an argument or a result that is gone, or over spilled ones that no longer spill."""
    match hostile:
        case RawResult():
            return hostile if _same_result(b, hostile, change) else None
        case Damaged() | ResultPointer() if hostile.step == RESULT:
            return hostile if _same_result(b, hostile, change) else None
        case SpilledPadding(step=step) if step == RESULT:
            return hostile
        case RawArgument() | Damaged() | SpilledPointer() | ResultPointer() | SpilledPadding():
            return _of_a_call(b, hostile, change)
    return hostile


def _same_result(b: Blueprint, hostile: Hostile, change: Change) -> bool:
    function = b.guest(hostile.place).functions[hostile.place.function]
    return function.signature != change.old or change.new.result == change.old.result


_OfACall: TypeAlias = RawArgument | Damaged | SpilledPointer | ResultPointer | SpilledPadding


def _of_a_call(b: Blueprint, hostile: _OfACall, change: Change) -> Hostile | None:
    guest, function = b.guest(hostile.place), hostile.place.function
    steps = guest.start if function == START else guest.functions[function].steps
    if guest.imports[steps[hostile.step].callee].signature != change.old:
        return hostile
    match hostile:
        case SpilledPointer():
            return hostile if spills(change.new) else None
        case ResultPointer():
            return hostile if spills_result(change.new) else None
        case SpilledPadding():
            return hostile
    if hostile.argument not in change.kept:
        return None
    n = change.kept.index(hostile.argument)
    unchanged = change.new.params[n] == change.old.params[hostile.argument]
    return replace(hostile, argument=n) if unchanged else None

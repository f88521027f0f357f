"""A guest's code that copies values: from flat core values to memory, and back."""

from __future__ import annotations

from collections.abc import Sequence

from fact.model.types import Prim
from generators.helpers import (
    Helpers,
    by_case,
    coerced,
    function,
    grouped,
    load_scalar,
    load_unsigned,
    one_of,
    stored_as,
    widened,
)
from generators.layout import STORE, UNSIGNED, CoreType, area, discriminant_size, flat, payload_offset, pointer_size
from generators.valtypes import EnumOf, FlagsOf, Type, cases_of, element_of, fields_of, is_scalar


def store(h: Helpers, t: Type, values: Sequence[str], base: str, offset: int = 0) -> str:
    """Stores flat values *offset* bytes behind the address *base*."""
    if is_scalar(t) or isinstance(t, FlagsOf | EnumOf):
        return f"({stored_as(t)[1]} offset={offset} {base} {values[0]})"
    if element_of(t) is not None or t is Prim.STRING:
        width = pointer_size(h.pointer)
        return (f"({h.pointer}.store offset={offset} {base} {values[0]})"
                f" ({h.pointer}.store offset={offset + width} {base} {values[1]})")
    name = h.need(("store", t), "store", lambda n: _store(h, n, t))
    return f"(call {name} {h.moved(base, offset)} {' '.join(values)})"


def _store(h: Helpers, name: str, t: Type) -> str:
    types = flat(t, h.pointer)
    names = [f"(local.get ${i})" for i in range(len(types))]
    params = f"(param $at {h.pointer}) " + " ".join(f"(param ${i} {core})" for i, core in enumerate(types))
    here = "(local.get $at)"
    if (fields := fields_of(t)) is not None:
        lines, rest = [], names
        for f, o in zip(fields, area(fields, h.pointer)[0], strict=True):
            count = len(flat(f, h.pointer))
            lines.append(store(h, f, rest[:count], here, o))
            rest = rest[count:]
        return function(name, params, lines)
    cases = cases_of(t)
    assert cases is not None
    offset = payload_offset(cases, h.pointer)

    def case(payload: Type | None) -> str:
        if payload is None:
            return ""
        wanted = flat(payload, h.pointer)
        used = [coerced(e, have, want) for e, have, want in zip(names[1:], types[1:], wanted, strict=False)]
        return store(h, payload, used, here, offset)

    disc = STORE[UNSIGNED[discriminant_size(len(cases))]]
    return function(name, params, [f"({disc} {here} {names[0]})", by_case(cases, names[0], case)])


def load(h: Helpers, t: Type, base: str, offset: int = 0) -> list[str]:
    """The flat values of what lies *offset* bytes behind the address *base*, as expressions."""
    if is_scalar(t) or isinstance(t, FlagsOf | EnumOf):
        return [load_scalar(t, base, offset, h.memory)]
    if element_of(t) is not None or t is Prim.STRING:
        return [h.load_pointer(base, offset), h.load_pointer(base, offset + pointer_size(h.pointer))]
    if (fields := fields_of(t)) is not None:
        offsets = area(fields, h.pointer)[0]
        return [e for f, o in zip(fields, offsets, strict=True) for e in load(h, f, base, offset + o)]
    cases = cases_of(t)
    assert cases is not None
    found = load_unsigned(discriminant_size(len(cases)), base, offset, h.memory)
    inner = offset + payload_offset(cases, h.pointer)
    payloads = [
        (numbers, flat(payload, h.pointer), load(h, payload, base, inner))
        for payload, numbers in grouped(cases).items() if payload is not None
    ]
    return [found, *(_slot(payloads, found, i, core) for i, core in enumerate(flat(t, h.pointer)[1:]))]


def _slot(
    payloads: Sequence[tuple[Sequence[int], tuple[CoreType, ...], Sequence[str]]], found: str, i: int, want: CoreType
) -> str:
    """Flat slot number *i* of a payload: by the numbers of the cases that have it, its core types and its values."""
    e = f"({want}.const 0)"
    for numbers, types, values in payloads:
        if i < len(types):
            e = f"(if (result {want}) {one_of(found, numbers)} (then {widened(values[i], types[i], want)}) (else {e}))"
    return e

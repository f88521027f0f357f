"""What a type has of the places where a rule changes, by names for tests to count."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from fact.model.types import Prim
from generators.blueprint import Signature
from generators.layout import alignment, area, discriminant_size, flat, payload_alignment, size
from generators.valtypes import (
    EnumOf,
    FlagsOf,
    ListOf,
    MapOf,
    OptionOf,
    RecordOf,
    ResultOf,
    TupleOf,
    Type,
    VariantOf,
    cases_of,
    element_of,
    kind_of,
    parts,
    walk,
)

CORES = ("i32", "i64", "f32", "f64")
JOINS = tuple(f"{a}+{b}" for a, b in combinations(sorted(CORES), 2))
MANY = (255, 256, 257, 300, 1000)
KEYS = tuple(str(t) for t in Prim if t not in (Prim.F32, Prim.F64))
CONTAINERS = ("variant", "result", "option in a variant")

TYPE_FACTS: frozenset[str] = frozenset((
    *(f"{n} cases, {what}" for n in MANY for what in ("enum", "variant without payloads", "variant")), "10000 cases",
    *(f"flags {n}" for n in (1, 7, 8, 9, 15, 16, 17, 31, 32)),
    *(f"{join} in a {where}" for join in JOINS for where in CONTAINERS),
    *(f"{n} joined" for n in (2, 3)),
    *(f"{n} bytes of padding" for n in range(1, 8)),
    *(f"list elements with {n} bytes of padding at the end" for n in range(1, 8)),
    *(f"payload of alignment {a} behind {d}" for a in (1, 2, 4, 8) for d in (1, 2)),
    "result without payloads", "result without ok", "result without error", "variant without payloads",
    "no payload beside a large one", "list of what is empty",
    *(f"depth {n}" for n in range(1, 13)),
    "40 fields", "tuple of tuples", *(f"map of {key}" for key in KEYS),
    *(f"fixed-length list of {kind}" for kind in ("string", "record", "list", "variant", "fixed-length list")),
    *(f"fixed-length list in a {kind}" for kind in ("variant", "list", "record", "option")),
    "list of lists", "list of tuples of no power of two", "list of records of no power of two",
))
"""Of types."""

SIGNATURE_FACTS: frozenset[str] = frozenset((
    *(f"{n} flat params" for n in (0, 1, 2, 15, 16, 17)), *(f"{n} flat results" for n in (0, 1, 2, 15, 16, 17)),
    *(f"{n} flat results, no scalar" for n in (1, 2)),
))


def facts_of(t: Type) -> Iterator[str]:
    """Those of `TYPE_FACTS` that *t* has, or what is in it."""
    yield f"depth {depth(t)}"
    for u in walk(t):
        yield from _of_one(u)
        for part in parts(u):
            if kind_of(part) == "fixed-length list":
                yield f"fixed-length list in a {kind_of(u)}"


def signature_facts(s: Signature) -> Iterator[str]:
    """Those of `SIGNATURE_FACTS` that *s* has."""
    yield f"{sum(len(flat(t, 'i32')) for t in s.params)} flat params"
    if s.result is None:
        yield "0 flat results"
    else:
        yield (fact := f"{len(flat(s.result, 'i32'))} flat results")
        if kind_of(s.result) is not None:
            yield f"{fact}, no scalar"


def depth(t: Type) -> int:
    """Constructors in each other."""
    own = not isinstance(t, Prim) or t is Prim.STRING
    return own + max(map(depth, parts(t)), default=0)


def _of_one(t: Type) -> Iterator[str]:
    if isinstance(t, FlagsOf):
        yield f"flags {t.count}"
    if isinstance(t, MapOf):
        yield f"map of {t.key}"
    if isinstance(t, RecordOf | TupleOf):
        yield from _of_fields(t)
    if isinstance(t, ListOf) and t.length is not None:
        yield f"fixed-length list of {kind_of(t.element)}"
    if (element := element_of(t)) is not None:
        yield from _of_elements(element)
    if (cases := cases_of(t)) is not None:
        yield from _of_cases(t, cases)


def _of_fields(t: RecordOf | TupleOf) -> Iterator[str]:
    fields = t.fields if isinstance(t, RecordOf) else t.elements
    if len(fields) >= 40:
        yield "40 fields"
    if isinstance(t, TupleOf) and sum(isinstance(f, TupleOf) for f in fields) > 1:
        yield "tuple of tuples"
    offsets = area(fields, "i32")[0]
    for (f, at), (_, following) in pairwise(zip(fields, offsets, strict=True)):
        yield f"{following - at - size(f, 'i32')} bytes of padding"


def _of_elements(element: Type) -> Iterator[str]:
    each = size(element, "i32")
    if isinstance(element, RecordOf | TupleOf):
        fields = element.fields if isinstance(element, RecordOf) else element.elements
        end = area(fields, "i32")[0][-1] + size(fields[-1], "i32")
        yield f"list elements with {each - end} bytes of padding at the end"
        if each & (each - 1):
            yield f"list of {kind_of(element)}s of no power of two"
    if kind_of(element) == "list":
        yield "list of lists"
    if element in (ResultOf(), VariantOf((None,)), VariantOf((None, None))):
        yield "list of what is empty"


def _of_cases(t: Type, cases: tuple[Type | None, ...]) -> Iterator[str]:
    payloads = [c for c in dict.fromkeys(cases) if c is not None]
    kind = "enum" if isinstance(t, EnumOf) else "variant" if payloads else "variant without payloads"
    if len(cases) == 10_000:
        yield "10000 cases"
    elif len(cases) > 200:
        yield f"{len(cases)} cases, {kind}"
    if kind == "variant without payloads" and not isinstance(t, ResultOf):
        yield "variant without payloads"
    if isinstance(t, ResultOf):
        yield f"result without {'payloads' if not payloads else 'ok' if cases[0] is None else 'error'}" if (
            None in cases) else "result"
    if payloads:
        yield f"payload of alignment {payload_alignment(cases, 'i32')} behind {discriminant_size(len(cases))}"
        if None in cases and size(payloads[-1], "i32") >= 16:
            yield "no payload beside a large one"
        yield from _of_slots(t, payloads)


def _of_slots(t: Type, payloads: list[Type]) -> Iterator[str]:
    flats = [flat(p, "i32") for p in payloads]
    inner = any(isinstance(p, OptionOf) for p in payloads)
    for slot in range(max(map(len, flats))):
        there = sorted({f[slot] for f in flats if slot < len(f)})
        if len(there) > 1:
            yield f"{min(len(there), 3)} joined"
        for a, b in combinations(there, 2):
            yield f"{a}+{b} in a {kind_of(t)}"
            if inner:
                yield f"{a}+{b} in a option in a {kind_of(t)}"


def most_aligned(types: tuple[Type, ...]) -> int:
    return max((alignment(t, "i32") for t in types), default=1)

"""Facts about the types and values of a blueprint that are no scalars; part of `generators.features`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import product

from generators.blueprint import (
    RESULT,
    START,
    Answer,
    Blueprint,
    Const,
    Damaged,
    Encoding,
    Function,
    Guest,
    Operand,
    Signature,
    Step,
)
from generators.bodies import ENCODINGS
from generators.constants import comes_tagged
from generators.layout import (
    FLAT_LIMIT,
    discriminant_size,
    flags_size,
    flat,
    lower_needs_realloc,
    needs_memory,
    spills_result,
)
from generators.operands import parts
from generators.runtime import has_realloc
from generators.valtypes import (
    KINDS,
    FlagsOf,
    Image,
    Type,
    cases_of,
    element_of,
    fields_of,
    has_pointers,
    has_strings,
    is_scalar,
    kind_of,
    walk,
)
from generators.wiring import Node

_POSITIONS = ("export", "adapter", "host import")
_WIDTHS = ("i32", "i64")
_WITH_CASES = ("variant", "enum", "option", "result")

TYPE_FEATURES: frozenset[str] = frozenset((
    *(f"{kind} in {where}, {p}" for kind, where, p in product(KINDS, ("params", "a result"), _POSITIONS)),
    *(f"{kind} in a list" for kind in KINDS), *(f"{kind} in a variant" for kind in KINDS),
    *(f"{fact}, {p}" for fact, p in product(("16 flat params", "17 flat params", "spilled result"), _POSITIONS)),
    "f32 in a slot of i32", "f32 in a slot of i64", "i32 in a slot of i64", "f64 in a slot of i64", "unused slots",
    *(f"discriminant of {n} byte{'s' * (n > 1)}" for n in (1, 2)), "256 cases",
    *(f"flags of {n} byte{'s' * (n > 1)}" for n in (1, 2, 4)), "32 flags",
    *(f"string {a} to {b}" for a, b in product(ENCODINGS, ENCODINGS)),
    *(f"pointers {a} to {b}" for a, b in product(_WIDTHS, _WIDTHS)),
    *(f"{a} realloc" for a in ("moves", "in place", "grows")), "realloc of a caller",
    "text empty", "text ASCII", "text with NUL", "text Latin-1", "text BMP", "text astral",
    "text past Latin-1 at its end", "text of 16 and more", "text of 1000 and more", "text Latin-1, but tagged",
    "list empty", "list of one", "list of 16 and more", "list of 256 and more",
    "value of the last case", "value of the first case",
    *(f"hostile {kind} bits" for kind in (*_WITH_CASES, "flags", "inner scalar")),
    *(f"hostile {kind} {what}" for kind, what in product(("string", "list", "map"), ("pointer", "length"))),
    *(f"hostile string content {e}" for e in ENCODINGS),
))
"""Every feature that this module knows of."""


def crossing(signature: Signature, position: str) -> Iterator[str]:
    """Facts about a function's type where it is called at *position*."""
    for t in signature.params:
        yield from (f"{fact} in params, {position}" for fact in kinds_in(t))
        yield from _facts(t)
    if signature.result is not None:
        yield from (f"{fact} in a result, {position}" for fact in kinds_in(signature.result))
        yield from _facts(signature.result)
    if spills_result(signature):
        yield f"spilled result, {position}"
    count = sum(len(flat(t, "i32")) for t in signature.params)
    if count in (FLAT_LIMIT, FLAT_LIMIT + 1):
        yield f"{count} flat params, {position}"


@lru_cache(maxsize=4096)
def kinds_in(t: Type) -> tuple[str, ...]:
    return tuple(dict.fromkeys(kind for u in walk(t) if (kind := kind_of(u)) is not None))


@lru_cache(maxsize=4096)
def _facts(t: Type) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fact for u in walk(t) for fact in _facts_of_one(u)))


def _facts_of_one(t: Type) -> Iterator[str]:
    if (element := element_of(t)) is not None:
        yield from (f"{kind} in a list" for kind in kinds_in(element))
    if isinstance(t, FlagsOf):
        yield f"flags of {_bytes(flags_size(t.count))}"
        if t.count == 32:
            yield "32 flags"
    if (cases := cases_of(t)) is None:
        return
    yield f"discriminant of {_bytes(discriminant_size(len(cases)))}"
    if len(cases) == 256:
        yield "256 cases"
    slots = flat(t, "i32")[1:]
    for payload in dict.fromkeys(cases):
        yield from () if payload is None else (f"{kind} in a variant" for kind in kinds_in(payload))
        types = () if payload is None else flat(payload, "i32")
        if len(types) < len(slots):
            yield "unused slots"
        yield from (f"{have} in a slot of {want}" for have, want in zip(types, slots, strict=False) if have != want)


def _bytes(n: int) -> str:
    return f"{n} byte{'s' * (n > 1)}"


# -- what lies between caller and callee


def between(blueprint: Blueprint, node: Node, step: Step, callee: Node) -> Iterator[str]:
    """Facts about a call of *callee*, a guest's function, by *step* of *node*, a guest's too."""
    if node.place is None or callee.place is None or callee.function is None or node.kind != "guest":
        return
    caller, called = blueprint.guest(node.place), blueprint.guest(callee.place)
    lower = caller.imports[step.callee].encoding or "utf8"
    lift = callee.function.encoding or "utf8"
    signature = callee.signature
    if any(map(has_strings, signature.params)):
        yield f"string {lower} to {lift}"
    if any(map(has_pointers, signature.params)):
        yield f"pointers {caller.pointer} to {called.pointer}"
    if signature.result is not None and has_strings(signature.result):
        yield f"string {lift} to {lower}"
    if signature.result is not None and has_pointers(signature.result):
        yield f"pointers {called.pointer} to {caller.pointer}"


def guest_facts(guest: Guest, function: Function) -> Iterator[str]:
    if has_realloc(guest) and needs_memory(function.signature):
        yield f"{guest.allocator} realloc"
    if any(lower_needs_realloc(guest.imports[step.callee].signature) for step in function.steps):
        yield "realloc of a caller"


# -- values


def values(blueprint: Blueprint, nodes: Iterable[Node], called: Iterable[Node]) -> Iterator[str]:
    """Facts about the constants that guests and host have, and about arguments of calls."""
    for call, node in zip(blueprint.calls, called, strict=True):
        for t, image in zip(node.signature.params, call.args, strict=True):
            yield from value(t, image, None)
    for host in blueprint.host:
        if isinstance(host.behaviour, Answer) and host.behaviour.type is not None:
            yield from value(host.behaviour.type, host.behaviour.image, None)
    for node in nodes:
        if node.function is None or node.place is None:
            continue
        guest, function = blueprint.guest(node.place), node.function
        yield from _constant(function.returns, function.encoding)
        for step in function.steps:
            for operand in step.args:
                yield from _constant(operand, guest.imports[step.callee].encoding)


def _constant(operand: Operand | None, encoding: Encoding | None) -> Iterator[str]:
    match operand:
        case Const(type=t, image=image) if not is_scalar(t):
            yield from value(t, image, encoding)
        case Const() | None:
            return
        case _:
            for part in parts(operand):
                yield from _constant(part, encoding)


def value(t: Type, image: Image, encoding: Encoding | None) -> Iterator[str]:
    """Facts about one value."""
    if isinstance(image, str):
        yield from text(image, encoding)
    elif (cases := cases_of(t)) is not None:
        case, inner = image if isinstance(image, tuple) else (image, 0)
        assert isinstance(case, int)
        if case in (0, len(cases) - 1):
            yield "value of the first case" if case == 0 else "value of the last case"
        if (payload := cases[case]) is not None:
            yield from value(payload, inner, encoding)
    elif isinstance(image, tuple):
        element = element_of(t)
        if element is not None:
            yield from _length(len(image))
        types = fields_of(t) if element is None else (element,) * min(len(image), 16)
        for part, inside in zip(types or (), image, strict=False):
            if not is_scalar(part):
                yield from value(part, inside, encoding)


def _length(n: int) -> Iterator[str]:
    if n <= 1:
        yield "list of one" if n else "list empty"
    for least in (16, 256):
        if n >= least:
            yield f"list of {least} and more"


def text(s: str, encoding: Encoding | None) -> Iterator[str]:
    if not s:
        yield "text empty"
        return
    greatest = max(s)
    yield "text " + next(
        name for name, last in (("ASCII", "\x7f"), ("Latin-1", "\xff"), ("BMP", "\uffff"), ("astral", "\U0010ffff"))
        if greatest <= last
    )
    if "\0" in s:
        yield "text with NUL"
    if len(s) > 1 and s[-1] > "\xff" and max(s[:-1]) <= "\xff":
        yield "text past Latin-1 at its end"
    for least in (16, 1000):
        if len(s) >= least:
            yield f"text of {least} and more"
    if encoding == "latin1+utf16" and greatest <= "\xff" and comes_tagged(s):
        yield "text Latin-1, but tagged"


def damage(blueprint: Blueprint, h: Damaged) -> str:
    """The fact about a damaged value."""
    guest = blueprint.guest(h.place)
    if h.step == RESULT:
        function = guest.functions[h.place.function]
        whole, encoding = function.signature.result, function.encoding
    else:
        steps = guest.start if h.place.function == START else guest.functions[h.place.function].steps
        used = guest.imports[steps[h.step].callee]
        whole, encoding = used.signature.params[h.argument], used.encoding
    assert whole is not None
    t = _at(whole, h.image, h.path)
    kind = kind_of(t) or "inner scalar"
    return f"hostile string content {encoding or 'utf8'}" if h.damage == "content" else f"hostile {kind} {h.damage}"


def _at(t: Type, image: Image, path: tuple[int, ...]) -> Type:
    """The type of the part that *path* leads to."""
    if not path:
        return t
    assert isinstance(image, tuple)
    if (element := element_of(t)) is not None:
        return _at(element, image[path[0]], path[1:])
    if (fields := fields_of(t)) is not None:
        return _at(fields[path[0]], image[path[0]], path[1:])
    payload = (cases_of(t) or ())[int(str(image[0]))]
    assert payload is not None
    return _at(payload, image[1], path[1:])



"""What hunts draw from: all of `generators.blueprints`, or a part of it that says why.

Some foci are options of the generator. The others take valid blueprints of it and lay one hostile choice of one kind
over them: the generator's own hostile layer draws among all kinds and values, of which some are rare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec.structs import replace

from fact.model.types import Prim
from generators import Blueprint, blueprints
from generators.blueprint import (
    RESULT,
    START,
    Const,
    Damaged,
    Definition,
    Encoding,
    Guest,
    GuestImport,
    Hostile,
    Leaving,
    Place,
    RawArgument,
    ReallocResult,
    Reentry,
    Ref,
    ResultPointer,
    Signature,
    SpilledPadding,
    SpilledPointer,
    Step,
)
from generators.damage import (
    BAD_UTF8,
    BAD_UTF16,
    LENGTHS,
    RAW,
    bad_discriminants,
    damageable,
    extra_flags,
    list_lengths,
    pointers_for,
)
from generators.hostile import layered
from generators.layout import Pointer, size, spills, spills_result, takes_pointers
from generators.types import SCALAR_TYPES
from generators.valtypes import KINDS, EnumOf, FlagsOf, Image, Kind, Type, cases_of, element_of, is_scalar, walk
from generators.values import nth_image
from generators.wiring import Node, reached, wire


@dataclass(frozen=True, slots=True)
class Focus:
    """*strategy* and why not simply everything; *why* is empty for everything."""

    name: str
    strategy: SearchStrategy[Blueprint]
    why: str = ""


# -- kinds of hostile choices; each gives those that there are for one function of a guest

Choices = Callable[[Node, Place, Guest], Iterator[Hostile]]


def char_arguments(node: Node, place: Place, _guest: Guest) -> Iterator[Hostile]:
    for n, callee in _steps(node):
        for argument, t in enumerate(callee.params):
            if t is Prim.CHAR:
                yield from (RawArgument(place, n, argument, bits) for bits in RAW[t])


def pointers(node: Node, place: Place, guest: Guest) -> Iterator[Hostile]:
    for n, callee in _steps(node):
        if spills(callee):
            yield from (SpilledPointer(place, n, pointer) for pointer in pointers_for(guest.pointer))


def result_pointers(node: Node, place: Place, guest: Guest) -> Iterator[Hostile]:
    for n, callee in _steps(node):
        if spills_result(callee):
            yield from (ResultPointer(place, n, pointer) for pointer in pointers_for(guest.pointer))
    if place.function != START and spills_result(node.signature):
        yield from (ResultPointer(place, RESULT, pointer) for pointer in pointers_for(guest.pointer))


def misaligned_results(node: Node, place: Place, _guest: Guest) -> Iterator[Hostile]:
    if place.function != START and spills_result(node.signature):
        yield ResultPointer(place, RESULT, "odd")


def realloc_results(node: Node, place: Place, guest: Guest) -> Iterator[Hostile]:
    if place.function != START and spills(node.signature):
        where = Place(place.definition, place.item)
        yield from (ReallocResult(where, pointer) for pointer in pointers_for(guest.pointer))


def late_realloc_results(node: Node, place: Place, guest: Guest) -> Iterator[Hostile]:
    if place.function != START and takes_pointers(node.signature):
        where = Place(place.definition, place.item)
        yield from (ReallocResult(where, p, after) for p in pointers_for(guest.pointer) for after in range(3))


def padding(node: Node, place: Place, _guest: Guest) -> Iterator[Hostile]:
    for n, callee in _steps(node):
        if not all(map(is_scalar, callee.params)):
            yield SpilledPadding(place, n)
    result = node.signature.result
    if place.function != START and result is not None and not is_scalar(result):
        yield SpilledPadding(place, RESULT)


IMAGES = range(0, 40, 3)
"""What values are made of in which something is wrong."""


def _damages(right: Callable[[Type], bool], of_part: Callable[[Damaged, Type, Image, Encoding, Pointer], Iterator[Damaged]]) -> Choices:
    """*of_part* gives what is wrong with a part, of those of which *right* says that they are of the right type."""

    def choices(node: Node, place: Place, guest: Guest) -> Iterator[Hostile]:
        assert node.function is not None
        values: list[tuple[int, int, Type, Encoding | None]] = [
            (n, argument, t, guest.imports[node.function.steps[n].callee].encoding)
            for n, callee in _steps(node) for argument, t in enumerate(callee.params)
        ]
        if place.function != START and node.signature.result is not None:
            values.append((RESULT, 0, node.signature.result, node.function.encoding))
        for step, argument, t, encoding in values:
            if is_scalar(t):
                continue
            images = [image for n in IMAGES if _is_short(image := nth_image(t, n))]
            for image in dict.fromkeys(images):
                for path, part, inside in islice(damageable(t, image), 12):
                    if right(part):
                        whole = Damaged(place, step, argument, image, path, "bits")
                        yield from of_part(whole, part, inside, encoding or "utf8", guest.pointer)

    return choices


def is_list(t: Type) -> bool:
    return element_of(t) is not None


def _is_short(image: Image) -> bool:
    return not isinstance(image, tuple) or len(image) <= 40


def _bad_part(whole: Damaged, t: Type, _image: Image, _encoding: Encoding, _p: Pointer) -> Iterator[Damaged]:
    if (cases := cases_of(t)) is not None:
        yield from (replace(whole, number=n) for n in bad_discriminants(len(cases))[:2])
    elif t in RAW:
        yield from (replace(whole, number=n) for n in RAW[t])


def _bad_list_length(whole: Damaged, t: Type, _image: Image, _encoding: Encoding, p: Pointer) -> Iterator[Damaged]:
    if (element := element_of(t)) is not None:
        yield from (replace(whole, damage="length", number=n) for n in list_lengths(size(element, p), p))


def _extra_flags(whole: Damaged, t: Type, image: Image, _encoding: Encoding, _p: Pointer) -> Iterator[Damaged]:
    assert isinstance(t, FlagsOf)
    yield from (replace(whole, number=n) for n in extra_flags(t.count, image))


def _bad_text(whole: Damaged, _t: Type, _image: Image, encoding: Encoding, _p: Pointer) -> Iterator[Damaged]:
    good = b"a" if encoding == "utf8" else b"a\0"
    for bad in BAD_UTF8 if encoding == "utf8" else BAD_UTF16:
        for before in (0, 3, 12, 20):
            yield replace(whole, damage="content", content=(good * before + bad + good).hex())


def _bad_length(whole: Damaged, _t: Type, _image: Image, _encoding: Encoding, p: Pointer) -> Iterator[Damaged]:
    yield from (replace(whole, damage="length", number=n) for n in LENGTHS[p])


def _misleading_utf8(whole: Damaged, _t: Type, _image: Image, encoding: Encoding, _p: Pointer) -> Iterator[Damaged]:
    for bad in (b"\xc0\x80", b"\xc1\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf") if encoding == "utf8" else ():
        for before in (0, 3, 12, 20):
            yield replace(whole, damage="content", content=(b"a" * before + bad + b"a").hex())


def _long_length(whole: Damaged, _t: Type, _image: Image, _encoding: Encoding, p: Pointer) -> Iterator[Damaged]:
    yield from (replace(whole, damage="length", number=n) for n in LENGTHS[p] if n >= 1 << 32)


def _bad_last_char(whole: Damaged, t: Type, image: Image, _encoding: Encoding, _p: Pointer) -> Iterator[Damaged]:
    """In lists that end with part of a vector."""
    assert isinstance(image, tuple)
    if element_of(t) is Prim.CHAR and len(image) > 4 and len(image) % 4:
        yield from (replace(whole, path=(*whole.path, len(image) - 1), number=n) for n in RAW[Prim.CHAR])


def _first_case_too_many(whole: Damaged, t: Type, image: Image, _encoding: Encoding, _p: Pointer) -> Iterator[Damaged]:
    """In lists that are checked by vectors."""
    assert isinstance(image, tuple)
    if isinstance(element := element_of(t), EnumOf) and len(image) >= 16:
        yield from (replace(whole, path=(*whole.path, n), number=element.count) for n in range(0, len(image), 5))


def leaving_post_returns(node: Node, place: Place, _guest: Guest) -> Iterator[Hostile]:
    if node.function is not None and node.function.post_return:
        yield from (Leaving(place, "post-return", n) for n in range(len(node.imports)))


def leaving_reallocs(node: Node, place: Place, _guest: Guest) -> Iterator[Hostile]:
    if place.function != START and spills(node.signature):
        yield from (Leaving(Place(place.definition, place.item), "realloc", n) for n in range(len(node.imports)))


def _steps(node: Node) -> Iterator[tuple[int, Signature]]:
    """The numbers of the steps that call something, and the types of what they call."""
    assert node.function is not None
    for n, step in enumerate(node.function.steps):
        if (callee := node.imports[step.callee]) is not None:
            yield n, callee.signature


@st.composite
def one_of_kind(draw: st.DrawFn, valid: SearchStrategy[Blueprint], kind: Choices) -> Blueprint:
    """A valid blueprint, and over it one choice of *kind* in a function that its calls reach."""
    blueprint = draw(valid)
    ran = [(n, n.place) for n in reached(blueprint, wire(blueprint)) if n.kind == "guest"]
    found = tuple(dict.fromkeys(choice for node, place in ran if place is not None for choice in kind(node, place, blueprint.guest(place))))
    assume(found)
    return replace(blueprint, hostile=(draw(st.sampled_from(found)),))


@st.composite
def re_entering(draw: st.DrawFn, valid: SearchStrategy[Blueprint]) -> Blueprint:
    """What the generator's hostile layer makes of a valid blueprint, if that is a re-entrance."""
    blueprint = layered(draw, draw(valid))
    assume(any(isinstance(h, Reentry) for h in blueprint.hostile))
    return blueprint


@st.composite
def self_overlapping(draw: st.DrawFn, valid: SearchStrategy[Blueprint]) -> Blueprint:
    """A guest calls its own lift, and realloc gives blocks where one of the arguments is: where memory ends."""
    blueprint = draw(valid)
    found = [
        choice
        for node in reached(blueprint, wire(blueprint)) if node.kind == "guest" and node.place is not None
        for choice in _self_calls(blueprint, node.place)
    ]
    assume(found)
    definition, place, step, hostile = draw(st.sampled_from(found))
    definitions = [*blueprint.definitions]
    definitions[place.definition] = definition
    where = Place(place.definition, place.item)
    realloc = ReallocResult(where, "last fit", draw(st.sampled_from((0, 1))))
    return replace(blueprint, definitions=tuple(definitions), hostile=(hostile, realloc))


def _self_calls(blueprint: Blueprint, place: Place) -> Iterator[tuple[Definition, Place, int, Hostile]]:
    """The definition in which the function at *place* calls another of its guest as well, by a step of this number,
    with something at the end of memory."""
    if place.function == START:
        return
    guest = blueprint.guest(place)
    caller = guest.functions[place.function]
    step = len(caller.steps)
    for number, callee in enumerate(guest.functions):
        lists = [n for n, t in enumerate(callee.signature.params) if element_of(t) is not None or t is Prim.STRING]
        if number == place.function or callee.steps or len(lists) < 2 or spills(callee.signature):
            continue
        images = [nth_image(t, 2 + 3 * n) for n, t in enumerate(callee.signature.params)]
        constants = tuple(Const(t, image) for t, image in zip(callee.signature.params, images, strict=True))
        changed = replace(caller, steps=(*caller.steps, Step(len(guest.imports), constants)))
        itself = GuestImport(Ref("item", place.item, (f"f{number}",)), callee.signature, callee.encoding)
        whole = replace(
            guest, imports=(*guest.imports, itself), lowering="indirect", start=(),
            functions=(*guest.functions[: place.function], changed, *guest.functions[place.function + 1 :]),
        )
        definition = blueprint.definitions[place.definition]
        items = (*definition.items[: place.item], whole, *definition.items[place.item + 1 :])
        for n in lists[1:]:
            damaged = Damaged(place, step, n, images[n], (), "pointer", pointer="last fit")
            yield replace(definition, items=items), place, step, damaged


def growing_reallocs(node: Node, place: Place, guest: Guest) -> Iterator[Hostile]:
    if place.function != START and takes_pointers(node.signature) and guest.allocator == "grows":
        yield ReallocResult(Place(place.definition, place.item), "last fit")


def has_many_cases(blueprint: Blueprint) -> bool:
    """Whether a guest that is called has a list or record of enums with 257 cases."""
    passed = [t for node in reached(blueprint, wire(blueprint)) for t in (*node.signature.params, node.signature.result)]
    return any(u == EnumOf(257) for t in passed if t is not None and not isinstance(t, EnumOf) for u in walk(t))


def native_agrees(blueprint: Blueprint) -> bool:
    guests = [item for d in blueprint.definitions for item in d.items if isinstance(item, Guest)]
    if any(of.encoding == "latin1+utf16" for guest in guests for of in (*guest.functions, *guest.imports)):
        return False
    return not any(isinstance(h, Leaving) and h.where == "post-return" for h in blueprint.hostile)


# -- foci

_VALID = blueprints(max_components=2, hostile=False)

EVERYTHING = Focus("everything", blueprints())

WHERE_NATIVE_AGREES = Focus(
    "where native agrees",
    blueprints(max_components=2, reentrance=False, kinds=tuple(k for k in KINDS if k != "fixed-length list"))
    .filter(native_agrees),
    "no reduction bypasses a component that calls on; native has no fixed-length lists; wasmtime lets post-returns leave, tests re-entrance through a parent in its own way, and shrinks Latin-1 with the "
    "alignment of UTF-16",
)
FEW_COMPONENTS = Focus(
    "few components", blueprints(max_components=2),
    "a case with more components takes longer to shrink, and may need a third one that no reduction can bypass",
)
THREE_COMPONENTS = Focus(
    "three components", blueprints(max_components=3), "two instances and a caller: no reduction bypasses a fourth",
)
ONE_TYPE = Focus(
    "one type", blueprints(types=(Prim.U32,)), "two host imports are of one type in 1 case of 100",
)
RE_ENTERING = Focus(
    "re-entering", re_entering(blueprints(max_components=3, hostile=False)), "components re-enter in 1 case of 150",
)
BAD_CHARS = Focus(
    "bad chars", one_of_kind(_VALID, char_arguments), "an adapter gets a given bad char in 1 case of 3000",
)
POINTERS_OF_CALLERS = Focus(
    "pointers of callers", one_of_kind(_VALID, pointers), "an adapter gets a given pointer in 1 case of 1000",
)
POINTERS_OF_REALLOC = Focus(
    "pointers of realloc", one_of_kind(_VALID, realloc_results), "realloc returns a given pointer in 1 case of 300",
)
LEAVING_REALLOC = Focus(
    "leaving realloc", one_of_kind(_VALID, leaving_reallocs), "a realloc leaves in 1 case of 500",
)
LEAVING_POST_RETURN = Focus(
    "leaving post-return", one_of_kind(_VALID, leaving_post_returns), "a post-return leaves in 1 case of 150",
)


# -- foci for values that are more than one core value


def _small(*kinds: Kind, types: tuple[Prim, ...] = SCALAR_TYPES, hostile: bool = False) -> SearchStrategy[Blueprint]:
    return blueprints(max_components=2, kinds=kinds, types=types, hostile=hostile, memory64=False, reentrance=False)


_RARE = "one case in several hundred has it in the right place"

STRINGS = Focus("strings", _small("string"), "nine pairs of encodings and as many classes of text share the cases")
PAYLOADS = Focus(
    "payloads", _small("option", "variant", "result", "map", "list"), "eleven kinds of types share the cases",
)
MANY_CASES = Focus(
    "many cases", _small("enum", "list", "record").filter(has_many_cases), "257 cases are in 1 case of 100",
)
SPILLED_RESULTS = Focus(
    "spilled results", _small("record", "tuple"), "one function in ten has a spilled result and a post-return",
)
GROWING = Focus("growing", one_of_kind(_small("string", "list"), growing_reallocs), _RARE)
CASES_IN_LISTS = Focus(
    "cases in lists", one_of_kind(_small("list", "enum"), _damages(is_list, _first_case_too_many)), _RARE,
)
MISLEADING_UTF8 = Focus(
    "misleading UTF-8", one_of_kind(_small("string"), _damages(lambda t: t is Prim.STRING, _misleading_utf8)), _RARE,
)
MISALIGNED_RESULTS = Focus(
    "misaligned results", one_of_kind(_small("record", "tuple", "string"), misaligned_results), _RARE,
)
JOINED = Focus(
    "joined", _small("result", types=(Prim.S32, Prim.S64, Prim.F32)),
    "32 and 64 bits share a slot in 1 case of 100",
)
CHARS_IN_LISTS = Focus(
    "chars in lists",
    one_of_kind(_small("list", types=(Prim.CHAR,)), _damages(is_list, _bad_last_char)), _RARE,
)
BAD_TEXT = Focus("bad text", one_of_kind(_small("string"), _damages(lambda t: t is Prim.STRING, _bad_text)), _RARE)
BAD_LENGTHS = Focus("bad lengths", one_of_kind(_small("string"), _damages(lambda t: t is Prim.STRING, _bad_length)), _RARE)
LONG_ADDRESSES = Focus(
    "long addresses",
    one_of_kind(blueprints(max_components=2, kinds=("string",), hostile=False),
                _damages(lambda t: t is Prim.STRING, _long_length)),
    "memories have 64-bit addresses in 1 case of 6, and then seldom bad lengths",
)
BAD_PARTS = Focus(
    "bad parts",
    one_of_kind(_small("enum", "list", "option", types=(Prim.CHAR, Prim.U32)), _damages(lambda t: True, _bad_part)),
    _RARE,
)
BAD_LISTS = Focus(
    "bad lists", one_of_kind(_small("list", types=(Prim.U32, Prim.U64)), _damages(is_list, _bad_list_length)), _RARE,
)
BOOLS_IN_LISTS = Focus(
    "bools in lists",
    one_of_kind(_small("list", types=(Prim.BOOL,)), _damages(lambda t: t is Prim.BOOL, _bad_part)), _RARE,
)
EXTRA_FLAGS = Focus(
    "extra flags", one_of_kind(_small("flags", "list"), _damages(lambda t: isinstance(t, FlagsOf), _extra_flags)), _RARE,
)
PADDING = Focus(
    "padding", one_of_kind(_small("list", "record", "option", "variant"), padding), _RARE,
)
POINTERS_FOR_RESULTS = Focus(
    "pointers for results", one_of_kind(_small("record", "tuple", "string"), result_pointers), _RARE,
)
SELF_OVERLAPPING = Focus(
    "self-overlapping", self_overlapping(_small("string", "list")),
    "in a call within one instance realloc returns what is still to be read in 1 case of several thousand",
)
LATE_REALLOC = Focus("late realloc", one_of_kind(_small("string", "list"), late_realloc_results), _RARE)

FOCI = (EVERYTHING, WHERE_NATIVE_AGREES, FEW_COMPONENTS, THREE_COMPONENTS, ONE_TYPE, RE_ENTERING, BAD_CHARS,
        POINTERS_OF_CALLERS, POINTERS_OF_REALLOC, LEAVING_REALLOC, LEAVING_POST_RETURN, STRINGS, PAYLOADS, MANY_CASES,
        SPILLED_RESULTS, GROWING, BAD_TEXT, BAD_LENGTHS, LONG_ADDRESSES, BAD_PARTS, BAD_LISTS, BOOLS_IN_LISTS, CHARS_IN_LISTS,
        CASES_IN_LISTS, MISLEADING_UTF8, MISALIGNED_RESULTS, EXTRA_FLAGS, PADDING, JOINED,        POINTERS_FOR_RESULTS, LATE_REALLOC, SELF_OVERLAPPING)

"""What hunts draw from: all of `generators.blueprints`, or a part of it that says why.

Some foci are options of the generator. The others take valid blueprints of it and lay one hostile choice of one kind
over them: the generator's own hostile layer draws among all kinds and values, of which some are rare.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from faulty_choices import (
    Choices,
    bad_last_char,
    bad_length,
    bad_list_length,
    bad_part,
    bad_texts,
    char_arguments,
    cut_short,
    damages,
    empty_past_the_end,
    extra_flag_bits,
    first_case_too_many,
    growing_reallocs,
    is_list,
    late_realloc_results,
    leaving_post_returns,
    leaving_reallocs,
    long_length,
    long_pointers,
    meddling_post_returns,
    misaligned_results,
    misleading_utf8,
    narrow_arguments,
    narrow_results,
    padding,
    pointers,
    realloc_results,
    result_pointers,
)
from faulty_pairs import (
    BOOLS,
    EMPTY,
    SIXTEEN_FLAT,
    SIZES,
    WIDE,
    of_types,
    passing,
    runs,
    through_the_parent,
    throwing,
    within,
)
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec.structs import replace

from fact.model.traps import Trap, TrapReason
from fact.model.types import Prim
from generators import Blueprint, blueprints
from generators.blueprint import (
    START,
    Const,
    Damaged,
    Definition,
    Guest,
    GuestImport,
    Hostile,
    Leaving,
    Place,
    ReallocResult,
    Reentry,
    Ref,
    Signature,
    Step,
)
from generators.handles import (
    RECEIVED,
    Drop,
    Function,
    HandleBlueprint,
    Hook,
    HostDrop,
    Instance,
    Invoke,
    Look,
    New,
    Noting,
    Op,
    Reg,
    Rep,
    Resource,
    Run,
    Source,
    Store,
    operations,
)
from generators.handles import Definition as HolderDefinition
from generators.handles_cases import handle_blueprints
from generators.handles_model import Model
from generators.hostile import layered
from generators.layout import spills
from generators.types import SCALAR_TYPES
from generators.valtypes import KINDS, BorrowOf, EnumOf, FlagsOf, Kind, OwnOf, element_of
from generators.values import nth_image
from generators.wiring import reached, wire


@dataclass(frozen=True, slots=True)
class Focus:
    """*strategy* and why not simply everything; *why* is empty for everything."""

    name: str
    strategy: SearchStrategy[Blueprint] | SearchStrategy[HandleBlueprint]
    why: str = ""


@st.composite
def one_of_kind(draw: st.DrawFn, valid: SearchStrategy[Blueprint], kind: Choices) -> Blueprint:
    """A valid blueprint, and over it one choice of *kind* in a function that its calls reach."""
    blueprint = draw(valid)
    ran = [(n, n.place) for n in reached(blueprint, wire(blueprint)) if n.kind == "guest"]
    choices = (c for node, place in ran if place is not None for c in kind(node, place, blueprint.guest(place)))
    found = tuple(dict.fromkeys(choices))
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
    definition, place, hostile = draw(st.sampled_from(found))
    definitions = [*blueprint.definitions]
    definitions[place.definition] = definition
    where = Place(place.definition, place.item)
    realloc = ReallocResult(where, "last fit", draw(st.sampled_from((0, 1))))
    return replace(blueprint, definitions=tuple(definitions), hostile=(hostile, realloc))


def _self_calls(blueprint: Blueprint, place: Place) -> Iterator[tuple[Definition, Place, Hostile]]:
    """The definition in which the function at *place* calls another of its guest as well, the place, and the argument
    that then is where memory ends."""
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
            yield replace(definition, items=items), place, damaged


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
    "no reduction bypasses a component that calls on; wasmtime has no fixed-length lists, lets post-returns leave, "
    "tests re-entrance through a parent in its own way, and shrinks Latin-1 with the alignment of UTF-16",
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
NARROW_ARGUMENTS = Focus(
    "narrow arguments", one_of_kind(_VALID, narrow_arguments), "an adapter gets a given junk bit in 1 case of 500",
)
NARROW_RESULTS = Focus(
    "narrow results", one_of_kind(_VALID, narrow_results), "a result has junk bits and a post-return in 1 case of 500",
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
    "many cases", passing(of_types(within(EnumOf(257)))), "257 cases are in memory in 1 case of 1000",
)
SPILLED_RESULTS = Focus(
    "spilled results", _small("record", "tuple"), "one function in ten has a spilled result and a post-return",
)
GROWING = Focus("growing", one_of_kind(_small("string", "list"), growing_reallocs), _RARE)
CASES_IN_LISTS = Focus(
    "cases in lists", one_of_kind(_small("list", "enum"), damages(is_list, first_case_too_many)), _RARE,
)
MISLEADING_UTF8 = Focus(
    "misleading UTF-8", one_of_kind(_small("string"), damages(lambda t: t is Prim.STRING, misleading_utf8)), _RARE,
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
    one_of_kind(_small("list", types=(Prim.CHAR,)), damages(is_list, bad_last_char)), _RARE,
)
BAD_TEXT = Focus("bad text", one_of_kind(_small("string"), damages(lambda t: t is Prim.STRING, bad_texts)), _RARE)
BAD_LENGTHS = Focus(
    "bad lengths", one_of_kind(_small("string"), damages(lambda t: t is Prim.STRING, bad_length)), _RARE,
)
LONG_ADDRESSES = Focus(
    "long addresses",
    one_of_kind(blueprints(max_components=2, kinds=("string",), hostile=False),
                damages(lambda t: t is Prim.STRING, long_length)),
    "memories have 64-bit addresses in 1 case of 6, and then seldom bad lengths",
)
BAD_PARTS = Focus(
    "bad parts",
    one_of_kind(_small("enum", "list", "option", types=(Prim.CHAR, Prim.U32)), damages(lambda t: True, bad_part)),
    _RARE,
)
BAD_LISTS = Focus(
    "bad lists", one_of_kind(_small("list", types=(Prim.U32, Prim.U64)), damages(is_list, bad_list_length)), _RARE,
)
BOOLS_IN_LISTS = Focus(
    "bools in lists",
    one_of_kind(_small("list", types=(Prim.BOOL,)), damages(lambda t: t is Prim.BOOL, bad_part)), _RARE,
)
EXTRA_FLAGS = Focus(
    "extra flags",
    one_of_kind(_small("flags", "list"), damages(lambda t: isinstance(t, FlagsOf), extra_flag_bits)), _RARE,
)
LONG_TEXT = Focus("long text", passing(runs()), _RARE)
LISTS = Focus("empty lists", passing(of_types(EMPTY)), _RARE)
UNUSUAL_SIZES = Focus("unusual sizes", passing(of_types(SIZES)), _RARE)
WIDE_VARIANTS = Focus("wide variants", passing(of_types(WIDE)), _RARE)
THROWING = Focus("throwing", throwing(), "a guest throws where the caller would catch it in 1 case of 1000")
THROUGH_THE_PARENT = Focus(
    "through the parent", st.just(through_the_parent()), "a component is entered again by way of its child's callee",
)
MEDDLING_POST_RETURN = Focus(
    "meddling post-return", one_of_kind(_small("record", "tuple", "string", "list"), meddling_post_returns),
    "a post-return writes over the result in 1 case of 1500",
)
EMPTY_ANYWHERE = Focus(
    "empty lists anywhere",
    one_of_kind(_small("list", types=(Prim.U32, Prim.U64)), damages(is_list, empty_past_the_end)), _RARE,
)
CUT_SHORT = Focus("cut short", one_of_kind(_small("string"), damages(lambda t: t is Prim.STRING, cut_short)), _RARE)
JOINED_PADDING = Focus(
    "joined padding", one_of_kind(_small("result", "variant", types=(Prim.F32, Prim.S64)), padding), _RARE,
)
BOOL_FIELDS = Focus("bool fields", passing(of_types(BOOLS)), _RARE)
SIXTEEN = Focus("sixteen", passing(of_types(SIXTEEN_FLAT)), _RARE)
LONG_POINTERS = Focus(
    "long pointers",
    one_of_kind(blueprints(max_components=2, kinds=("record", "tuple"), hostile=False), long_pointers), _RARE,
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



# -- foci for handles


LENDING_FACTS = {"resource.drop of borrow", "borrow passed as own"}


def has_lending(blueprint: HandleBlueprint) -> bool:
    """Whether a component that does not implement a resource type does something with a borrow of it, as the
    generators' model has it."""
    model = Model(blueprint)
    for call in blueprint.calls:
        try:
            model.call(call)
        except Trap as trap:
            if trap.reason is TrapReason.BORROWS_LEFT or model.met & LENDING_FACTS:
                return True
            model = Model(blueprint)
    return bool(model.met & LENDING_FACTS)


def native_agrees_on_handles(blueprint: HandleBlueprint) -> bool:
    scripts = [call.script for call in blueprint.calls if not isinstance(call, HostDrop)]
    hooks = [op.where for script in scripts for op in operations(script) if isinstance(op, Hook)]
    if blueprint.parent or blueprint.groups or not set(hooks) <= {"destructor"}:
        return False
    numbers = range(len(blueprint.instances))
    known = [[blueprint.resource(i, t) for t in range(blueprint.definition(i).types)] for i in numbers]
    return all(len(set(types)) == len(types) for types in known)


@st.composite
def called_back(draw: st.DrawFn) -> HandleBlueprint:
    """A parent lends to its child, which calls it; meanwhile the parent does something with what it holds: a handle of
    its own type, which is lent, and one of its child's."""
    ops: tuple[tuple[Op, ...], ...] = (
        (Drop(1, Reg(0)),), (Drop(0, Reg(1)),), (Rep(1, Reg(0)),), (New(1, 3, 2), Drop(1, Reg(2))),
    )
    parent = HolderDefinition(
        1, (Signature((), OwnOf(0)), Signature((BorrowOf(1),))), (Resource(),), (Function(Signature(())),)
    )
    child = HolderDefinition(
        1, (Signature(()),), (Resource(draw(st.booleans())),),
        (Function(Signature((), OwnOf(1)), 0), Function(Signature((BorrowOf(0),)))),
    )
    script = (
        New(1, 7, 0), Invoke(0, to=1),
        Invoke(1, (0,), (Reg(0),), (Invoke(0, script=draw(st.sampled_from(ops))), Drop(0, Reg(RECEIVED))), 3),
    )
    return HandleBlueprint(
        (parent, child),
        (Instance(0, (Source(1, 1),), (Source(1, 0), Source(1, 1))), Instance(1, (Source(0, 1),), (Source(0, 0),))),
        (Run(0, script),), parent=True,
    )


@st.composite
def come_back(draw: st.DrawFn) -> HandleBlueprint:
    """A parent calls its child, which calls it; each stores something, in one order or another, and looks."""
    def look_and_store(value: int) -> tuple[Op, ...]:
        return draw(st.sampled_from(((Look(), Store(value), Look()), (Look(), Store(value)), (Store(value), Look()))))

    back = Invoke(0, script=look_and_store(3))
    there = Invoke(0, script=(*look_and_store(2), back, Look()))
    signature = Signature(())
    definition = HolderDefinition(0, (signature,), (), (Function(signature, post_return=draw(st.booleans())),))
    return HandleBlueprint(
        (definition, definition), (Instance(0, (), (Source(1, 0),)), Instance(1, (), (Source(0, 0),))),
        (Run(0, (*look_and_store(1), there, Look())),), parent=True,
    )


def destroyed_next_door(blueprint: HandleBlueprint) -> HandleBlueprint:
    """With destructors in the first instance for all types of instances after it that have one."""
    def noting(d: int, definition: HolderDefinition) -> HolderDefinition:
        if blueprint.instances[0].definition == d:
            return definition
        return replace(definition, resources=tuple(
            Resource(Noting()) if r.destructor is True else r for r in definition.resources
        ))

    definitions = tuple(noting(d, definition) for d, definition in enumerate(blueprint.definitions))
    instances = tuple(replace(i, noted=0 if definitions[i.definition].notes else None) for i in blueprint.instances)
    return replace(blueprint, definitions=definitions, instances=instances)


HANDLES = Focus(
    "handles", handle_blueprints(host=False),
    "three cases in twenty are about handles; what the host does takes a call of its own, which no reduction joins",
)
LENDING = Focus(
    "lending", handle_blueprints(host=False).filter(has_lending), "a component drops what it is lent in 1 case of 70",
)
CALLED_BACK = Focus(
    "called back", called_back(), "a parent drops what it has lent, or what its child implements, in 1 case of 3000",
)
COMING_BACK = Focus(
    "coming back", come_back(), "two threads of one instance have something stored in 1 case of 1000",
)
DESTROYED_NEXT_DOOR = Focus(
    "destroyed next door", handle_blueprints(host=False).map(destroyed_next_door),
    "a destructor is an adapter in 1 case of 1000",
)
HANDLES_WHERE_NATIVE_AGREES = Focus(
    "handles where native agrees", handle_blueprints(host=False).filter(native_agrees_on_handles),
    "wasmtime lets post-returns leave, lowers before all is lifted, tests re-entrance through a parent in its own way, "
    "and tells apart two names of one resource type",
)

FOCI = (
    EVERYTHING, WHERE_NATIVE_AGREES, FEW_COMPONENTS, THREE_COMPONENTS, ONE_TYPE, RE_ENTERING, BAD_CHARS,
    POINTERS_OF_CALLERS, POINTERS_OF_REALLOC, LEAVING_REALLOC, LEAVING_POST_RETURN, STRINGS, PAYLOADS, MANY_CASES,
    SPILLED_RESULTS, GROWING, BAD_TEXT, BAD_LENGTHS, LONG_ADDRESSES, BAD_PARTS, BAD_LISTS, BOOLS_IN_LISTS,
    CHARS_IN_LISTS, CASES_IN_LISTS, MISLEADING_UTF8, MISALIGNED_RESULTS, EXTRA_FLAGS, PADDING, JOINED, LONG_TEXT,
    LISTS, UNUSUAL_SIZES, WIDE_VARIANTS, BOOL_FIELDS, SIXTEEN, LONG_POINTERS, NARROW_ARGUMENTS, NARROW_RESULTS,
    THROWING, THROUGH_THE_PARENT, MEDDLING_POST_RETURN, CUT_SHORT, EMPTY_ANYWHERE, JOINED_PADDING,
    POINTERS_FOR_RESULTS, LATE_REALLOC, SELF_OVERLAPPING, HANDLES, LENDING, CALLED_BACK, COMING_BACK,
    DESTROYED_NEXT_DOOR, HANDLES_WHERE_NATIVE_AGREES,
)

"""Hand-made cases of the family values: what single mutations and their parts make of them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from msgspec.structs import replace
from wasmtime import wat2wasm

from fact.model.types import Prim
from fuzz.engines.reference import ReferenceEngine
from fuzz.observe import Program, observe
from fuzz.outcome import Outcome, Returned
from generators.blueprint import (
    Answer,
    Blueprint,
    Bundle,
    Call,
    Child,
    Definition,
    EchoArgument,
    Export,
    Function,
    Guest,
    GuestImport,
    HostFunction,
    Import,
    Item,
    Ref,
    Relift,
    Signature,
    Step,
)
from generators.components import render
from generators.hostile_choices import (
    RESULT,
    START,
    Damaged,
    Hostile,
    Leaving,
    Meddling,
    Place,
    RawArgument,
    ReallocResult,
    Reentry,
)
from generators.mutation import values_relays as relays
from generators.mutation.values_bodies import reordered, running
from generators.mutation.values_bounds import is_modest
from generators.mutation.values_edges import callee, import_added
from generators.mutation.values_graft import grafted
from generators.mutation.values_hostile import reentered
from generators.mutation.values_refined import refined
from generators.mutation.values_settled import settled
from generators.mutation.values_sources import source
from generators.mutation.values_splice import body, hostile, value, value_type
from generators.mutation.words import Change, Found
from generators.operands import CallResult, Const, Param
from generators.rewriting.cut import ZERO
from generators.rewriting.inserting import with_definitions_inserted, with_item_inserted
from generators.rewriting.retyping import Change as Retyping
from generators.rewriting.retyping import retyped
from generators.rewriting.slots import Slot, groups, slots
from generators.valtypes import Image, ListOf, RecordOf, Type

U32 = Signature((Prim.U32,), Prim.U32)
TEXT = Signature((Prim.STRING,), Prim.STRING)


def f(item: int, function: int = 0) -> Ref:
    return Ref("item", item, (f"f{function}",))


def echo(signature: Signature) -> Function:
    return Function(signature, (), Param(0))


def forward(signature: Signature, callee: int = 0) -> Function:
    return Function(signature, (Step(callee, (Param(0),)),), CallResult(0))


def pair(signature: Signature, argument: Image = 7, hostile: tuple[Hostile, ...] = ()) -> Blueprint:
    """A caller and a callee: siblings under the root."""
    caller = Guest((GuestImport(Ref("import", 0), signature),), (forward(signature),), memory="imported")
    return Blueprint(
        (
            Definition(2, (), (Guest((), (echo(signature),)),), (Export("given", f(0)),)),
            Definition(2, (Import("given", signature),), (caller,), (Export("run", f(0)),)),
            Definition(None, (), (Child(0), Child(1, (Ref("item", 0, ("given",)),))),
                       (Export("run", Ref("item", 1, ("run",))),)),
        ),
        calls=(Call("run", (argument,)),), hostile=hostile,
    )


CALLER = Place(1, 0, 0)


def outcomes(b: Blueprint) -> list[Outcome]:
    rendered = render(b)
    program = Program(bytes(wat2wasm(rendered.text)), rendered.calls, rendered.log_prefixes, rendered.host)
    return observe(ReferenceEngine(), program).outcomes()


def tried(change: Callable[[Random], Found], before: Blueprint, count: int = 40) -> list[Blueprint]:
    """What comes of a change with each of so many states of chance, in order."""
    made = []
    for seed in range(count):
        found = change(Random(seed))
        after = None if found is None else settled(before, found[0])
        if after is not None and after != before:
            made.append(after)
    return made


# -- what has to agree


def test_caller_and_callee_agree_and_the_callers_own_function_is_another_matter() -> None:
    assert {frozenset(group) for group in groups(pair(U32))} == {
        frozenset({Slot("function", 0, 0), Slot("import", 1, 0), Slot("lowered", 1, 0)}),
        frozenset({Slot("function", 1, 0)}),
    }


def test_what_a_relift_and_inline_exports_hand_on_agrees_with_who_uses_it() -> None:
    items: tuple[Item, ...] = (
        Child(0), Relift(Ref("item", 0, ("given",)), U32), Bundle((("b", Ref("item", 1)),)),
        Guest((GuestImport(Ref("item", 2, ("b",)), U32),), (Function(Signature(())),)),
    )
    b = Blueprint((
        Definition(1, (), (Guest((), (echo(U32),)),), (Export("given", f(0)),)),
        Definition(None, (), items, (Export("run", f(3)),)),
    ))
    assert {frozenset(group) for group in groups(b)} == {
        frozenset({Slot("function", 0, 0), Slot("relift", 1, 1), Slot("lowered", 1, 3)}),
        frozenset({Slot("function", 1, 3)}),
    }


def test_a_new_type_comes_to_all_who_agree_and_no_further() -> None:
    b = pair(TEXT, "abc")
    wide = Signature((ListOf(Prim.CHAR), Prim.U8), Prim.U8)
    change = Retyping(TEXT, wide, (0, None), lambda old, new, i: 5, lambda t: 9)
    group = next(group for group in groups(b) if len(group) > 1)
    made = retyped(b, dict.fromkeys(group, change))
    assert {dict_of(made)[slot] for slot in group} == {wide}
    assert made.calls == b.calls
    step = made.definitions[1].items[0]
    assert isinstance(step, Guest)
    assert step.functions[0].signature == TEXT
    assert step.functions[0].steps[0].args == (Param(0), Const(Prim.U8, 9))
    assert isinstance(outcomes(made)[0], Returned)


def dict_of(b: Blueprint) -> dict[Slot, Signature]:
    return dict(slots(b))


def test_a_damaged_value_goes_with_its_type_while_what_is_damaged_is_there() -> None:
    t = RecordOf((Prim.CHAR, Prim.STRING))
    s = Signature((t,), Prim.U32)
    wrong = Damaged(CALLER, 0, 0, (0x61, "x"), (0,), "bits", 0xD800)
    b = replace(pair(s, (0x61, "x")), hostile=(wrong,))
    group = next(group for group in groups(b) if len(group) > 1)
    longer = Signature((RecordOf((Prim.CHAR, Prim.STRING, Prim.U8)),), Prim.U32)
    kept = retyped(b, dict.fromkeys(group, Retyping(s, longer, (0,), lambda old, new, i: (*i, 1))))  # type: ignore[misc]
    assert kept.hostile == (replace(wrong, image=(0x61, "x", 1)),)
    other = Signature((RecordOf((Prim.U8, Prim.STRING)),), Prim.U32)
    gone = retyped(b, dict.fromkeys(group, Retyping(s, other, (0,), lambda old, new, i: (1, "x"))))
    assert gone.hostile == ()


# -- what comes in between


@pytest.mark.parametrize("at", [0, 1, 2])
def test_an_item_in_between_changes_nothing_but_numbers(at: int) -> None:
    b = pair(TEXT, "abc")
    wider = with_item_inserted(b, 2, at, Bundle(()))
    assert len(wider.definitions[2].items) == 3
    assert outcomes(wider) == outcomes(b)


def test_what_is_hostile_moves_with_its_guest() -> None:
    lender = Guest((), (echo(U32),))
    tenant = replace(lender, memory="shared", lender=0)
    b = Blueprint((Definition(None, (), (lender, tenant), (Export("run", f(1)),)),), calls=(Call("run", (1,)),),
                  hostile=(Meddling(Place(0, 1, 0), "post-return", "grows"),))
    wider = with_item_inserted(b, 0, 0, Bundle(()))
    assert wider.hostile[0].place == Place(0, 2, 0)
    moved = wider.definitions[0].items[2]
    assert isinstance(moved, Guest)
    assert moved.lender == 1
    assert outcomes(wider) == outcomes(b)


def test_a_definition_in_between_changes_nothing_but_numbers() -> None:
    b = pair(TEXT, "abc", (Damaged(CALLER, 0, 0, "abc", (), "content", content="ff"),))
    for at in range(3):
        wider = with_definitions_inserted(b, at, (Definition(3),))
        assert wider.hostile[0].place == Place(1 + (at <= 1), 0, 0)
        assert outcomes(wider) == outcomes(b)


@pytest.mark.parametrize("change", [relays.relay, relays.bundled, relays.instance_again, relays.surplus])
def test_what_only_stands_between_gives_what_was_given_before(change: Change) -> None:
    members = Import("given", None, (("given", TEXT),))
    b = pair(TEXT, "abc")
    caller = b.definitions[1].items[0]
    assert isinstance(caller, Guest)
    lowered = GuestImport(Ref("import", 0, ("given",)), TEXT)
    b = replace(b, definitions=(
        b.definitions[0], replace(b.definitions[1], imports=(members,), items=(replace(caller, imports=(lowered,)),)),
        replace(b.definitions[2], items=(Child(0), Child(1, (Ref("item", 0),)))),
    ))
    made = tried(lambda random: change(b, random), b)
    assert made
    for after in made:
        assert outcomes(after)[: len(b.calls)] == outcomes(b)


def test_two_instances_become_one_and_what_nothing_calls_goes() -> None:
    b = pair(TEXT, "abc")
    two = replace(b.definitions[2], items=(*b.definitions[2].items, Child(1, (Ref("item", 0, ("given",)),))),
                  exports=(*b.definitions[2].exports, Export("also", Ref("item", 2, ("run",)))))
    b = replace(b, definitions=(*b.definitions[:2], two))
    (one, *_) = tried(lambda random: relays.instance_shared(b, random), b)
    assert len(one.definitions[2].items) == 2
    assert outcomes(one) == outcomes(b)
    idle = replace(b, definitions=(replace(b.definitions[0], items=(
        Guest((), (echo(TEXT), echo(U32))),)), *b.definitions[1:]))
    (less, *_) = tried(lambda random: relays.idle_removed(idle, random), idle)
    assert outcomes(less) == outcomes(b)
    assert running(less) == running(idle)


def test_an_import_is_served_by_another_provider_of_the_same_type() -> None:
    b = pair(U32)
    seven = Definition(3, (), (Guest((), (Function(U32, (), Const(Prim.U32, 70)),)),), (Export("given", f(0)),))
    b = with_definitions_inserted(b, 0, (seven,))
    b = with_item_inserted(b, 3, 0, Child(0))
    made = tried(lambda random: source(b, random), b)
    assert [Returned(70)] in [outcomes(after) for after in made]


def test_the_host_may_provide_what_a_child_did() -> None:
    b = pair(U32)
    made = tried(lambda random: relays.by_host(b, random), b)
    assert {type(after.host[0].behaviour) for after in made} == {Answer, EchoArgument}
    assert all(isinstance(outcomes(after)[0], Returned) for after in made)


def test_a_guest_comes_to_call_what_is_in_sight_and_steps_another_import() -> None:
    b = pair(U32)
    wider = tried(lambda random: import_added(b, random), b)[0]
    guest = wider.definitions[1].items[0]
    assert isinstance(guest, Guest)
    assert len(guest.imports) == 2
    assert isinstance(outcomes(wider)[0], Returned)
    assert any(after.definitions[1] != wider.definitions[1] for after in tried(lambda r: callee(wider, r), wider))


# -- steps


def test_steps_in_another_order_keep_what_belongs_to_them() -> None:
    guest = Guest((GuestImport(Ref("import", 0), U32),), (
        Function(U32, (Step(0, (Const(Prim.U32, 1),)), Step(0, (CallResult(0),)), Step(0, (CallResult(1),))),
                 CallResult(2)),
    ))
    wrong = (ReallocResult(Place(0, 0), "odd"), Leaving(Place(0, 0, 0), "post-return", 0),
             RawArgument(Place(0, 0, 0), 1, 0, 5), RawArgument(Place(0, 0, 0), 2, 0, 6))
    b = Blueprint((Definition(None, (Import("host", U32),), (guest,), (Export("run", f(0)),)),),
                  (HostFunction(("host",), EchoArgument(0)),), (Call("run", (3,)),), wrong)
    made = reordered(b, (0, 0, 0), [2, 0])
    after = made.definitions[0].items[0]
    assert isinstance(after, Guest)
    assert after.functions[0].steps == (Step(0, (ZERO,)), Step(0, (Const(Prim.U32, 1),)))
    assert after.functions[0].returns == CallResult(0)
    assert made.hostile == (*wrong[:2], RawArgument(Place(0, 0, 0), 0, 0, 6))


# -- in order


def test_guests_come_to_be_as_they_can_be_wired() -> None:
    def guests(guest: Guest, *before: Item) -> Guest:
        b = Blueprint((Definition(None, (Import("host", TEXT),), (*before, guest), (Export("run", f(len(before))),)),),
                      (HostFunction(("host",), EchoArgument(0)),), (Call("run", ("a",)),))
        after = settled(b, b)
        assert after is not None
        made = after.definitions[0].items[len(before)]
        assert isinstance(made, Guest)
        assert isinstance(outcomes(after)[0], Returned)
        return made

    caller = Guest((GuestImport(Ref("import", 0), TEXT),), (forward(TEXT),), (Step(0, (Const(Prim.STRING, "b"),)),))
    assert guests(caller).memory == "imported"
    assert guests(replace(caller, lowering="indirect")).start == ()
    lender = Guest((), (echo(TEXT),), allocator="grows")
    shared = guests(replace(caller, memory="shared", lender=0, start=()), lender)
    assert (shared.memory, shared.allocator) == ("shared", "grows")
    late = replace(caller, imports=(GuestImport(f(0), TEXT),), start=())
    assert (guests(late).lowering, guests(late).functions[0].steps[0].depth) == ("indirect", 1)
    assert guests(replace(caller, memory="shared", lender=3)).memory == "imported"


def test_a_hostile_choice_without_a_place_goes() -> None:
    there: tuple[Hostile, ...] = (
        RawArgument(CALLER, 1, 0, 5), RawArgument(CALLER, 0, 0, 5), Damaged(CALLER, 0, 3, 0, (), "bits"),
        Damaged(CALLER, RESULT, 0, 0, (), "bits"), Leaving(CALLER, "post-return", 1), Reentry(CALLER, 4),
        Meddling(CALLER, "post-return", "calls realloc"), RawArgument(Place(1, 0, START), 0, 0, 1),
        RawArgument(Place(1, 0, 2), 0, 0, 1),
    )
    b = pair(Signature((Prim.U8,), Prim.U8))
    kept: list[Hostile] = []
    for h in there:
        after = settled(b, replace(b, hostile=(h,)))
        assert after is not None
        kept += after.hostile
    assert kept == [there[1], there[3]]


def test_calls_that_come_to_too_many_are_refused_unless_they_did_before() -> None:
    b = pair(U32)
    guest = b.definitions[1].items[0]
    assert isinstance(guest, Guest)
    many = replace(guest, functions=(Function(U32, (Step(0, (Param(0),)),) * 80, Param(0)),))
    costly = replace(b, definitions=(b.definitions[0], replace(b.definitions[1], items=(many,)), b.definitions[2]))
    assert not is_modest(b, costly)
    assert is_modest(costly, costly)


# -- hostile choices


def test_a_function_comes_to_call_the_child_that_calls_it() -> None:
    caller = Guest((GuestImport(Ref("import", 0), U32),), (forward(U32),))
    b = Blueprint((
        Definition(1, (Import("given", U32),), (caller,), (Export("run", f(0)),)),
        Definition(None, (), (Guest((), (echo(U32),)), Child(0, (f(0),))), (Export("run", Ref("item", 1, ("run",))),)),
    ), calls=(Call("run", (1,)),))
    (made, *_) = tried(lambda random: reentered(b, random), b)
    assert made.hostile == (Reentry(Place(1, 0, 0), 0),)
    assert not isinstance(outcomes(made)[0], Returned)


@pytest.mark.parametrize("h", [
    RawArgument(CALLER, 0, 0, 0xD800), ReallocResult(Place(0, 0), "odd"), Meddling(Place(0, 0), "realloc", "grows"),
    Damaged(CALLER, 0, 0, "abc", (), "content", content="ff"), Damaged(CALLER, 0, 0, "abc", (), "pointer"),
    Damaged(CALLER, 0, 0, "abc", (), "length", 1 << 28),
], ids=lambda h: str(getattr(h, "damage", type(h).__name__)))
def test_a_hostile_choice_is_changed_in_many_ways(h: Hostile) -> None:
    b = pair(TEXT, "abc", (h,))
    made = {refined(b, h, Random(seed)) for seed in range(60)} - {None, h}
    assert len(made) > 4
    assert {(type(other), other.place) for other in made if other is not None} == {(type(h), h.place)}


# -- parts of another case


def test_values_types_bodies_and_hostile_choices_come_from_the_other_case() -> None:
    first = pair(U32, 3)
    t = RecordOf((Prim.U32, Prim.CHAR))
    wrong = Damaged(CALLER, 0, 0, (0xC0FFEE, 0x61), (1,), "bits", 0xD800)
    second = replace(pair(Signature((t,), t), (0xC0FFEE, 0x61)), hostile=(wrong,))
    assert Call("run", (0xC0FFEE,)) in [after.calls[0] for after in tried(lambda r: value(first, second, r), first)]
    types: list[Type] = [s.params[0] for after in tried(lambda r: value_type(first, second, r), first)
                         for s in dict(slots(after)).values() if s.params]
    assert t in types
    (spliced, *_) = tried(lambda r: hostile(first, second, r), first)
    assert spliced.hostile == (wrong,)
    assert dict(slots(spliced))[Slot("lowered", 1, 0)].params == (t,)
    constant = replace(second, definitions=(replace(second.definitions[0], items=(
        Guest((), (Function(U32, (), Const(Prim.U32, 99), fails=None),)),)), *second.definitions[1:]))
    assert [Returned(99)] in [outcomes(after) for after in tried(lambda r: body(first, constant, r), first)]


def test_a_component_of_the_other_case_takes_the_place_of_one_or_is_called_as_well() -> None:
    first, text = pair(U32, 3), pair(TEXT, "abc", (Damaged(CALLER, 0, 0, "abc", (), "content", content="ff"),))
    called = tried(lambda r: grafted(first, text, r), first)
    assert called
    assert all(len(after.calls) == 2 and isinstance(outcomes(after)[0], Returned) for after in called)
    assert any(after.hostile for after in called)
    nine = replace(pair(U32), definitions=(
        Definition(2, (), (Guest((), (Function(U32, (), Const(Prim.U32, 9)),)),), (Export("given", f(0)),)),
        *pair(U32).definitions[1:],
    ))
    assert [Returned(9)] in [outcomes(after) for after in tried(lambda r: grafted(first, nine, r), first)]
    assert any(after.host for after in tried(lambda r: grafted(first, text, r), first))

"""Compiled adapters and the reference agree on every byte, through the whole pipeline: text, link, partition, compile.

A value goes from one component to another as a parameter and comes back as a result, for random types, values and
options of either side. What both guests see, and every call of realloc, goes into logs in their memories: so memories
that are the same byte for byte had the same values and calls, at the same places, and the same padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

from failing_cases import about
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import times
from wasmtime import wat2wasm

from fact.adapters import compile_adapters
from fact.decode import decode
from fact.link import link, partition
from fact.model.plan import Plan
from fact.model.traps import Trap
from fact.model.types import FuncType, Prim
from fact.model.values import Value, same_value
from fact.run import Prepared, prepare_compiled, prepare_reference
from fact.run.host import Host
from fact.run.linkage import Linkage
from generators.blueprint import (
    Blueprint,
    Call,
    Child,
    Definition,
    Encoding,
    Export,
    Function,
    Guest,
    GuestImport,
    Import,
    Ref,
    Signature,
    Step,
)
from generators.components import render
from generators.hostile_choices import Place, SpilledPadding
from generators.operands import CallResult, Const, Param
from generators.types import SCALAR_TYPES, palette
from generators.valtypes import KINDS, Image, Type, is_scalar
from generators.values import nth_image, value

TYPES = tuple(t for t in SCALAR_TYPES if t not in (Prim.F32, Prim.F64))
"""Without floats: the specification leaves the bits of NaNs open."""


@dataclass(frozen=True)
class Pair:
    """*image* is the value of *type* that goes there and back; *padded*: with ones in between, wherever it is in
    memory."""

    type: Type
    image: Image
    caller: Guest
    callee: Guest
    encodings: tuple[Encoding, Encoding]
    post_return: bool
    padded: bool

    def blueprint(self) -> Blueprint:
        there, back = Signature((self.type,), self.type), Signature((), self.type)
        lowers, lifts = self.encodings
        echo = Function(there, returns=Param(0), encoding=lifts, post_return=self.post_return)
        steps = (Step(0, (Const(self.type, self.image),)),)
        callee = replaced(self.callee, functions=(echo,))
        caller = replaced(
            self.caller, imports=(GuestImport(Ref("import", 0), there, lowers),), lowering="indirect",
            functions=(Function(back, steps, CallResult(0), encoding=lowers),),
        )
        export = (Export("f0", Ref("item", 0, ("f0",))),)
        children = (Child(0), Child(1, (Ref("item", 0, ("f0",)),)))
        return Blueprint(
            (
                Definition(2, (), (callee,), export),
                Definition(2, (Import("in0", there),), (caller,), export),
                Definition(None, (), children, (Export("i0", Ref("item", 1)),)),
            ),
            calls=(Call("i0#f0"),),
            hostile=(SpilledPadding(Place(1, 0, 0), 0),) if self.padded and not is_scalar(self.type) else (),
        )


def replaced(guest: Guest, **changes: object) -> Guest:
    fields = {name: getattr(guest, name) for name in guest.__struct_fields__}
    return Guest(**{**fields, **changes})


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    found = palette(draw, TYPES, KINDS, spilled=True)
    t = draw(st.sampled_from(found.aggregates or (Prim.STRING,)))
    encoding = st.sampled_from(get_args(Encoding))
    guests = st.builds(
        Guest, memory64=st.booleans(), memory=st.sampled_from(("own", "imported")),
        allocator=st.sampled_from(("moves", "in place", "grows")),
    )
    return Pair(
        t, nth_image(t, draw(st.sampled_from(range(1 << 16)))), draw(guests), draw(guests),
        (draw(encoding), draw(encoding)), draw(st.booleans()), draw(st.booleans()),
    )


def no_host(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value | None:
    raise AssertionError("there are no host imports")


def run(prepared: Prepared, export: str) -> tuple[Value | Trap | None, dict[str, bytes]]:
    """What the export returns, and all that is in the guests' memories then."""
    linkages: list[Linkage] = []

    def kept(host: Host) -> Linkage:
        linkages.append(prepared.link(host))
        return linkages[-1]

    running = replace(prepared, link=kept).instantiate(no_host)
    outcome: Value | Trap | None
    try:
        outcome = running.invoke(export, ())
    except Trap as trap:
        outcome = trap
    return outcome, memories(prepared.plan, linkages[-1])


def memories(plan: Plan, linkage: Linkage) -> dict[str, bytes]:
    found = {}
    for options in (*(lifted.options for lifted in plan.lifts), *(adapter.options for adapter in plan.adapters)):
        if options.memory is not None:
            memory = linkage.memory(options.memory, options.pointer)
            found[str(options.memory)] = bytes(memory[: len(memory)])
    return found


@times(2.4)
@given(pairs())
def test_compiled_adapters_leave_memories_as_the_reference_does(pair: Pair) -> None:
    """CanonicalABI.md, "Loading" to "Lifting and Lowering Values"."""
    with about(pair.blueprint()):
        agree_on(pair)


def agree_on(pair: Pair) -> None:
    rendered = render(pair.blueprint())
    plan = partition(link(decode(bytes(wat2wasm(rendered.text)))))
    (export, _), = rendered.calls
    by_reference, right = run(prepare_reference(plan), export)
    by_adapters, found = run(prepare_compiled(plan, compile_adapters(plan)), export)

    assert not isinstance(by_reference, Trap) and by_reference is not None
    assert same_value(by_reference, value(pair.type, pair.image))
    assert not isinstance(by_adapters, Trap) and by_adapters is not None, str(by_adapters)
    assert same_value(by_adapters, by_reference)
    assert found.keys() == right.keys()
    for name, memory in found.items():
        if memory != right[name]:
            first = next(i for i, (a, b) in enumerate(zip(memory, right[name], strict=False)) if a != b)
            raise AssertionError(f"{name} differs from {first:#x} on: {memory[first:][:32].hex()} in place of "
                                 f"{right[name][first:][:32].hex()}")

"""One synchronous call through an adapter, in the order that the specification gives it.

CanonicalABI.md, "Embedding" (Store.lift), "Lifting and Lowering Values", "canon lift" and "canon lower". Every
parameter is lifted before the first is lowered: the two memories may be the same one.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from fact.adapters import scalars
from fact.adapters.reentrance import entering_set
from fact.adapters.scope import ModuleScope, item_name
from fact.adapters.signature import (
    POINTER,
    REALLOC,
    Area,
    area,
    core_type,
    flatten,
    params_spill,
    post_return_type,
)
from fact.adapters.wat import Block, Line, Names, Note, call, get, i32, i64
from fact.errors import LinkError
from fact.model.plan import Adapter, CoreItem, Lift, Options, Plan
from fact.model.traps import TrapReason
from fact.model.types import CoreValType, ValType

CALLER_AREA = "$params"
CALLEE_AREA = "$params.out"
FLAT_RESULT = "$result.flat"
RESULT = "$result"

LOCALS_A_LINE = 6
NOTE_WIDTH = 112

_Item = TypeVar("_Item", bound=CoreItem)


def adapter_function(scope: ModuleScope, adapter: Adapter, exports: tuple[int, ...]) -> Iterator[Line]:
    """The function of *adapter*, with its introduction; it is exported once for each adapter number in *exports*."""
    this = _Call.of(scope, adapter)
    name = scope.functions[adapter.index]
    body = tuple(this.body())
    if this.lift.instance in scope.throwing:
        body = tuple(this.catching(body))
    yield from introduction(scope.plan, adapter, exports)
    yield Block(f"(func {name}{_exports(exports)}{this.declared_params()}{this.declared_result()}",
                (*this.declared_locals(), *body))


def _exports(numbers: tuple[int, ...]) -> str:
    return "".join(f' (export "adapter:{number}")' for number in numbers)


# -- the introduction


def introduction(plan: Plan, adapter: Adapter, exports: tuple[int, ...]) -> Iterator[Line]:
    lift = plan.lifts[adapter.lift]
    caller, callee = (plan.component_instances[i].name for i in (adapter.caller, lift.instance))
    numbers = ("adapter " if len(exports) == 1 else "adapters ") + ", ".join(map(str, exports))
    yield from _wrapped(f"{numbers}, {adapter.name}: {adapter.type}")
    yield from _wrapped(f"  caller {caller}: {described_options(plan, adapter.options)}")
    called = item_name(plan, lift.callee)
    yield from _wrapped(f"  callee {callee}: core func {called}, {described_options(plan, lift.options)}")


def _wrapped(text: str) -> Iterator[Line]:
    if len(text) <= NOTE_WIDTH:
        yield Note(text)
    else:
        yield from map(Note, textwrap.wrap(text, NOTE_WIDTH, subsequent_indent="      ", break_long_words=False))


def described_options(plan: Plan, options: Options) -> str:
    given = (("memory", options.memory), ("realloc", options.realloc), ("post-return", options.post_return))
    parts = [f"{name} {item_name(plan, item)}" for name, item in given if item is not None]
    return ", ".join((options.string_encoding, *parts))


# -- the call


@dataclass(frozen=True, slots=True)
class _Param:
    label: str
    type: ValType
    local: str

    @property
    def site(self) -> str:
        return f"param {self.label}"


@dataclass(frozen=True, slots=True)
class _Call:
    """One call being written. Each method is a stage of it."""

    scope: ModuleScope
    adapter: Adapter
    lift: Lift
    params: tuple[_Param, ...]
    spilled: Area | None
    """The layout of the parameters, if they are too many to be passed flat."""

    @classmethod
    def of(cls, scope: ModuleScope, adapter: Adapter) -> _Call:
        names = Names((CALLER_AREA, CALLEE_AREA, FLAT_RESULT, RESULT))
        params = tuple(_Param(label, t, names.unique(label)) for label, t in adapter.type.params)
        spilled = area(adapter.type.param_types) if params_spill(adapter.type) else None
        return cls(scope, adapter, scope.plan.lifts[adapter.lift], params, spilled)

    # -- declarations

    def declared_params(self) -> str:
        if self.spilled is not None:
            return f" (param {CALLER_AREA} {POINTER})"
        return "".join(f" (param {p.local} {_flat(p.type)})" for p in self.params)

    def declared_result(self) -> str:
        return "" if self.adapter.type.result is None else f" (result {_flat(self.adapter.type.result)})"

    def declared_locals(self) -> Iterator[Line]:
        if self.spilled is not None:
            yield f"(local {CALLEE_AREA} {POINTER})"
            declared = [f"(local {p.local} {_flat(p.type)})" for p in self.params]
            yield from (" ".join(declared[i:i + LOCALS_A_LINE]) for i in range(0, len(declared), LOCALS_A_LINE))
        if (t := self.adapter.type.result) is not None:
            yield f"(local {FLAT_RESULT} {_flat(t)}) (local {RESULT} {_flat(t)})"

    # -- stages

    def body(self) -> Iterator[Line]:
        yield from self.leave_caller()
        yield from self.enter_callee()
        yield from self.lift_params()
        yield from self.lower_params()
        yield from self.call_callee()
        yield from self.lift_result()
        yield from self.post_return()
        yield from self.leave_callee()
        yield "(return)" if self.adapter.type.result is None else f"(return {scalars.lower_flat(RESULT)})"

    def leave_caller(self) -> Iterator[Line]:
        yield Note(f"-- leave {self.instance_name(self.adapter.caller)}")
        may_leave = self.scope.flag("may_leave", self.adapter.caller)
        yield from self.scope.trap_if(f"(i32.eqz (global.get {may_leave}))", TrapReason.CANNOT_LEAVE)

    def enter_callee(self) -> Iterator[Line]:
        flags = self.may_enter_flags()
        yield Note(f"-- enter {self.instance_name(self.lift.instance)}{'' if flags else self.why_no_flag()}")
        for flag in flags:
            yield from self.scope.trap_if(f"(i32.eqz (global.get {flag}))", TrapReason.CANNOT_ENTER)
        for flag in flags:
            yield f"(global.set {flag} {i32(0)})"

    def lift_params(self) -> Iterator[Line]:
        if self.spilled is None:
            for p in self.params:
                lines = tuple(scalars.lift_flat(self.scope, p.type, p.local, p.local, p.site))
                yield Note(f"-- lift param {p.label}: {p.type}{'' if lines else ', as it is'}")
                yield from lines
        else:
            yield from self.load_params(self.spilled)

    def load_params(self, spilled: Area) -> Iterator[Line]:
        memory = self.scope.memory(_needed(self.adapter.options.memory, "memory", self.adapter.name))
        yield Note(f"-- lift params: {spilled.size} bytes, aligned to {spilled.alignment}")
        yield from self.check_area(
            spilled, CALLER_AREA, memory, TrapReason.POINTER_MISALIGNED, TrapReason.POINTER_OUT_OF_BOUNDS
        )
        for p, offset in zip(self.params, spilled.offsets, strict=True):
            yield Note(f"-- lift param {p.label}: {p.type}")
            yield from scalars.load(self.scope, p.type, memory, CALLER_AREA, offset, p.local, p.site)

    def lower_params(self) -> Iterator[Line]:
        if self.spilled is not None:
            yield from self.store_params(self.spilled)

    def store_params(self, spilled: Area) -> Iterator[Line]:
        options = self.lift.options
        memory = self.scope.memory(_needed(options.memory, "memory", self.lift.name))
        realloc = self.scope.core_func(_needed(options.realloc, "realloc", self.lift.name), "realloc", REALLOC)
        new_block = call(realloc, [i32(0), i32(0), i32(spilled.alignment), i32(spilled.size)])
        yield Note(f"-- lower params: {spilled.size} bytes, aligned to {spilled.alignment}")
        yield from self.staying_inside(f"(local.set {CALLEE_AREA} {new_block})")
        yield from self.check_area(
            spilled, CALLEE_AREA, memory, TrapReason.REALLOC_MISALIGNED, TrapReason.REALLOC_OUT_OF_BOUNDS
        )
        for p, offset in zip(self.params, spilled.offsets, strict=True):
            yield Note(f"-- lower param {p.label}: {p.type}")
            yield from scalars.store(p.type, memory, CALLEE_AREA, offset, p.local)

    def flat_arguments(self) -> list[str]:
        if self.spilled is not None:
            return [get(CALLEE_AREA)]
        return [scalars.lower_flat(p.local) for p in self.params]

    def call_callee(self) -> Iterator[Line]:
        yield Note(f"-- call {item_name(self.scope.plan, self.lift.callee)}")
        t = core_type(self.lift.type)
        made = call(self.scope.core_func(self.lift.callee, "callee", t), self.flat_arguments())
        yield f"(local.set {FLAT_RESULT} {made})" if t.results else made

    def lift_result(self) -> Iterator[Line]:
        """Lowering it again changes nothing: see `scalars`."""
        if (t := self.adapter.type.result) is not None:
            yield Note(f"-- lift result: {t}")
            yield from scalars.lift_flat(self.scope, t, FLAT_RESULT, RESULT, "result")

    def post_return(self) -> Iterator[Line]:
        if (item := self.lift.options.post_return) is not None:
            t = post_return_type(self.lift.type)
            yield Note("-- post-return")
            function = self.scope.core_func(item, "post-return", t)
            yield from self.staying_inside(call(function, [get(FLAT_RESULT)] if t.params else []))

    def leave_callee(self) -> Iterator[Line]:
        if flags := self.may_enter_flags():
            yield Note(f"-- back to {self.instance_name(self.adapter.caller)}")
            for flag in flags:
                yield f"(global.set {flag} {i32(1)})"

    # -- parts of stages

    def why_no_flag(self) -> str:
        entering = entering_set(self.scope.plan, self.lift.instance, self.adapter.caller)
        return ": no test, nothing can enter it twice" if entering else ": no test, the caller is inside it"

    def may_enter_flags(self) -> list[str]:
        entering = entering_set(self.scope.plan, self.lift.instance, self.adapter.caller)
        return [self.scope.flag("may_enter", instance) for instance in entering if instance in self.scope.guarded]

    def staying_inside(self, statement: str) -> Iterator[Line]:
        """*statement* calls the callee's realloc or post-return, which may not leave."""
        may_leave = self.scope.flag("may_leave", self.lift.instance)
        yield f"(global.set {may_leave} {i32(0)})"
        yield statement
        yield f"(global.set {may_leave} {i32(1)})"

    def check_area(
        self, spilled: Area, pointer: str, memory: str, misaligned: TrapReason, out_of_bounds: TrapReason
    ) -> Iterator[Line]:
        if spilled.alignment > 1:
            low_bits = f"(i32.and {get(pointer)} {i32(spilled.alignment - 1)})"
            yield from self.scope.trap_if(low_bits, misaligned, "params")
        end = f"(i64.add (i64.extend_i32_u {get(pointer)}) {i64(spilled.size)})"
        limit = f"(i64.shl (i64.extend_i32_u (memory.size {memory})) {i64(16)})"
        yield from self.scope.trap_if(Block("(i64.gt_u", (end, limit)), out_of_bounds, "params")

    def catching(self, body: tuple[Line, ...]) -> Iterator[Line]:
        """*body*, which returns, with a trap for what is thrown out of the callee, its realloc or its post-return."""
        yield Block("(block $threw", (Block("(try_table (catch_all $threw)", body),))
        yield Note("-- the callee threw")
        yield self.scope.trap(TrapReason.UNCAUGHT_EXCEPTION, self.scope.site(""))
        yield "(unreachable)"

    def instance_name(self, instance: int) -> str:
        return self.scope.plan.component_instances[instance].name


def _flat(t: ValType) -> CoreValType:
    (flat,) = flatten(t)
    return flat


def _needed(item: _Item | None, option: str, function: str) -> _Item:
    if item is None:
        raise LinkError(f"function {function!r} passes its parameters through memory and lacks the option {option}")
    return item

"""Two generated components of which one does something hostile, and what each engine makes of it.

The caller has one function for each hostile choice, so that one component shows many; each call finds fresh instances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from wasmtime import wat2wasm

from fact.model.traps import Trap, TrapReason
from fact.model.values import Value, same_value
from fuzz.engines.base import Engine, Loaded
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.native import NativeEngine
from fuzz.engines.native_traps import same_family
from fuzz.engines.reference import ReferenceEngine
from generators import render
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
from generators.hostile_choices import Hostile, Place
from generators.operands import CallResult, Const, Operand, Param
from generators.valtypes import Image, Type

OURS: tuple[Engine, ...] = (ReferenceEngine(), CompiledEngine())
EVERY: tuple[Engine, ...] = (*OURS, NativeEngine())

Ended: TypeAlias = "Value | TrapReason | None"
"""What a call returned, or why it trapped."""


def callee_place(function: int = 0) -> Place:
    return Place(0, 0, function)


def caller_place(function: int = 0) -> Place:
    return Place(1, 0, function)


CALLEE, CALLER = Place(0, 0), Place(1, 0)
"""Their guests, for what is about a realloc."""


FIRST = Param(0)


@dataclass(frozen=True)
class Pair:
    """*calls*: the arguments of the caller's one step, for each of its functions: images of *params*. They all call the
    callee's first function, or, if something hostile is in others of it as well, each the one of its own number. The
    callee's functions return *returns*, the caller's what they were given."""

    params: tuple[Type, ...]
    result: Type | None
    calls: Sequence[tuple[Image, ...]]
    returns: Operand | None = FIRST
    caller: Encoding = "utf8"
    callee: Encoding = "utf8"
    post_return: bool = False
    wide: tuple[bool, bool] = (False, False)
    allocator: Literal["moves", "in place", "grows"] = "moves"
    hostile: tuple[Hostile, ...] = field(default=())

    def blueprint(self) -> Blueprint:
        signature, count = Signature(self.params, self.result), range(len(self.calls))
        callees = range(max([0, *(h.place.function for h in self.hostile if h.place.definition == 0)]) + 1)
        whole = Signature((), self.result)
        echo = Function(signature, (), self.returns, self.post_return, self.callee)
        called = Guest(functions=(echo,) * len(callees), memory64=self.wide[1], allocator=self.allocator)
        calling = Guest(
            tuple(GuestImport(Ref("import", i), signature, self.caller) for i in callees),
            tuple(
                Function(whole, (Step(min(i, len(callees) - 1), tuple(map(Const, self.params, args))),),
                         None if self.result is None else CallResult(0), encoding=self.caller)
                for i, args in enumerate(self.calls)
            ),
            (), "indirect", memory64=self.wide[0],
        )
        def exports(numbers: range) -> tuple[Export, ...]:
            return tuple(Export(f"f{i}", Ref("item", 0, (f"f{i}",))) for i in numbers)

        return Blueprint(
            (
                Definition(2, items=(called,), exports=exports(callees)),
                Definition(2, tuple(Import(f"in{i}", signature) for i in callees), (calling,), exports(count)),
                Definition(None, items=(Child(0), Child(1, tuple(Ref("item", 0, (f"f{i}",)) for i in callees))),
                           exports=tuple(Export(f"f{i}", Ref("item", 1, (f"f{i}",))) for i in count)),
            ),
            calls=tuple(Call(f"f{i}") for i in count), hostile=self.hostile,
        )

    def with_hostile(self, hostile: tuple[Hostile, ...]) -> Pair:
        return replace(self, hostile=hostile)

    def ended(self, engine: Engine, hostile: tuple[Hostile, ...]) -> list[Ended]:
        return ended(self.with_hostile(hostile).blueprint(), engine)


def ended(blueprint: Blueprint, engine: Engine) -> list[Ended]:
    """How each call ends, each in fresh instances."""
    rendered = render(blueprint)
    loaded = engine.load(bytes(wat2wasm(rendered.text)))
    return [_ended(loaded, name, args) for name, args in rendered.calls]


def _ended(loaded: Loaded, name: str, args: tuple[Value, ...]) -> Ended:
    running = loaded.instantiate(lambda *_: None)
    try:
        return running.invoke(name, args)
    except Trap as trap:
        return trap.reason


def check(pair: Pair, expected: Sequence[Ended], engines: Sequence[Engine] = EVERY) -> None:
    """Every engine ends each call as *expected*; of families of reasons, native has one wording."""
    blueprint = pair.blueprint()
    for engine in engines:
        for call, (found, right) in enumerate(zip(ended(blueprint, engine), expected, strict=True)):
            assert agree(found, right), f"{engine.info.name}, call {call}: {found!r} in place of {right!r}"


def agree(found: Ended, right: Ended) -> bool:
    if isinstance(found, TrapReason) or isinstance(right, TrapReason):
        return isinstance(found, TrapReason) and isinstance(right, TrapReason) and same_family(found, right)
    return same_value(found, right)

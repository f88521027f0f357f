"""Two guests for tests of what guests do with values, and what all engines make of their calls."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace as replace_fields

from msgspec.structs import replace
from wasmtime import wat2wasm

from fact.model.traps import Trap, TrapReason
from fact.model.types import Prim
from fact.model.values import Value
from fuzz.engines.base import Engine
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine
from generators import from_json, render, to_json
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
)
from generators.operands import (
    Changed,
    Operand,
    Param,
)
from generators.valtypes import (
    Image,
    Type,
)
from generators.values import image

REFERENCE, NATIVE, COMPILED = ReferenceEngine(), NativeEngine(), CompiledEngine()
ENGINES = (REFERENCE, NATIVE, COMPILED)
STRING, U8, U32, CHAR, F32 = Prim.STRING, Prim.U8, Prim.U32, Prim.CHAR, Prim.F32
P0, P1 = Param(0), Param(1)


def component(
    signature: Signature, caller: Function, callee: Function, *args: tuple[Image, ...], guest: Guest | None = None,
    callee_guest: Guest | None = None,
) -> Blueprint:
    """A caller, whose function is called with each of *args*, and a callee, both of whose functions have *signature*;
    the caller imports the callee's."""
    exports = (Export("f0", Ref("item", 0, ("f0",))),)
    used = GuestImport(Ref("import", 0), callee.signature, caller.encoding)
    calling = replace(guest or Guest(memory="imported"), imports=(used,), functions=(caller,))
    called = replace(callee_guest or Guest(), functions=(callee,))
    return Blueprint(
        (
            Definition(2, items=(called,), exports=exports),
            Definition(2, (Import("in0", callee.signature),), (calling,), exports),
            Definition(None, items=(Child(0), Child(1, (Ref("item", 0, ("f0",)),))),
                       exports=(Export("f0", Ref("item", 1, ("f0",))),)),
        ),
        calls=tuple(Call("f0", a) for a in args),
    )


def results(blueprint: Blueprint, engine: Engine = REFERENCE) -> list[Image | TrapReason | None]:
    """What the calls return; the last one's trap, if it is that."""
    assert from_json(to_json(blueprint)) == blueprint
    rendered = render(blueprint)
    running = engine.load(bytes(wat2wasm(rendered.text))).instantiate(lambda *_: None)
    result_type = blueprint.definitions[1].items[0].functions[0].signature.result  # type: ignore[union-attr]
    found: list[Image | TrapReason | None] = []
    for name, args in rendered.calls:
        try:
            value: Value | None = running.invoke(name, args)
        except Trap as trap:
            return [*found, trap.reason]
        found.append(None if value is None or result_type is None else image(result_type, value))
    return found


def everywhere(blueprint: Blueprint, *, native: bool = True) -> list[Image | TrapReason | None]:
    """What all engines agree on."""
    first = results(blueprint, REFERENCE)
    assert results(blueprint, COMPILED) == first
    if native:
        assert results(blueprint, NATIVE) == first
    return first


@dataclass(frozen=True)
class Row:
    """A function that makes no calls, and what it returns for each of *calls*."""

    params: tuple[Type, ...]
    result: Type
    returns: Operand
    calls: tuple[tuple[tuple[Image, ...], Image], ...]
    way: str = "plain"

    def spilled(self) -> Row:
        """The same with parameters enough to lie in memory."""
        return replace_fields(self, params=(*self.params, *(U8,) * 17),
                              calls=tuple(((*args, *(0,) * 17), result) for args, result in self.calls))


def check(*rows: Row, encoding: Encoding = "utf8", guest: Guest = Guest(), native: bool = True) -> None:  # noqa: B008
    """One guest has all the functions."""
    functions = tuple(
        Function(Signature(row.params, row.result), (), row.returns, encoding=encoding, way=row.way)  # type: ignore[arg-type]
        for row in rows
    )
    exports = tuple(Export(f"f{n}", Ref("item", 0, (f"f{n}",))) for n in range(len(rows)))
    calls = tuple(Call(f"f{n}", args) for n, row in enumerate(rows) for args, _ in row.calls)
    blueprint = Blueprint(
        (Definition(1, items=(replace(guest, functions=functions),), exports=exports),
         Definition(None, items=(Child(0),), exports=exports)), calls=calls,
    )
    expected = [(row.returns, args, result) for row in rows for args, result in row.calls]
    types = [row.result for row in rows for _ in row.calls]
    assert from_json(to_json(blueprint)) == blueprint
    rendered = render(blueprint)
    for engine in ENGINES if native else (REFERENCE, COMPILED):
        running = engine.load(bytes(wat2wasm(rendered.text))).instantiate(lambda *_: None)
        for (name, args), (returns, given, result), t in zip(rendered.calls, expected, types, strict=True):
            value = running.invoke(name, args)
            assert value is not None
            assert (returns, given, image(t, value)) == (returns, given, result), engine.info.name


ADD_ONE = Function(Signature((U32,), U32), (), Changed(P0, "next"))
SHOUT = Function(Signature((STRING,), STRING), (), Changed(P0, "append"))


def calling(caller: Function, callee: Function, *args: tuple[Image, ...]) -> list[Image | TrapReason | None]:
    return everywhere(component(caller.signature, caller, callee, *args))

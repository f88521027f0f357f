"""Guests that share a memory, and guests with two."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from program_pairs import (
    ENGINES,
    P0,
    SHOUT,
    STRING,
    U8,
    component,
    everywhere,
)
from wasmtime import wat2wasm

from fact.model.types import Prim
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
from generators.operands import (
    CallResult,
    Changed,
    Const,
    Joined,
    Param,
)
from generators.valtypes import (
    Image,
    ListOf,
    OptionOf,
    RecordOf,
    TupleOf,
)


def sharing(first: Guest, second: Guest, *calls: Call) -> Blueprint:
    """A component with two guests, both exported; the second one shares the first one's memory."""
    exports = tuple(Export(f"f{i}", Ref("item", i, ("f0",))) for i in (0, 1))
    root = tuple(Export(f"f{i}", Ref("item", 0, (f"f{i}",))) for i in (0, 1))
    return Blueprint(
        (Definition(1, items=(first, second), exports=exports), Definition(None, items=(Child(0),), exports=root)),
        calls=calls,
    )


@pytest.mark.parametrize("memory", ["own", "imported"])
@pytest.mark.parametrize("realloc", ["own", "lender's"])
def test_two_guests_share_a_memory(memory: str, realloc: str) -> None:
    """Memory and realloc of a lift may be another core instance's (CanonicalABI.md, canonopt). The log is for both."""
    lender = Guest(functions=(replace(SHOUT, encoding="utf16"),), memory=memory)  # type: ignore[arg-type]
    tenant = Guest(functions=(Function(SHOUT.signature, (), Joined(P0, Const(STRING, "é"), "end to end")),),
                   memory="shared", lender=0, realloc=realloc)  # type: ignore[arg-type]
    blueprint = sharing(lender, tenant, Call("f0", ("a",)), Call("f1", ("b",)), Call("f0", ("c",)))
    for engine in ENGINES:
        rendered = render(blueprint)
        running = engine.load(bytes(wat2wasm(rendered.text))).instantiate(lambda *_: None)
        assert [running.invoke(name, args) for name, args in rendered.calls] == ["a!", "bé", "c!"]
        logs = [running.invoke(f"{prefix}-log-digest", ()) for prefix in rendered.log_prefixes]
        assert len(logs) == 2 and logs[0] == logs[1]


def test_lowers_before_the_instance_use_the_lenders_realloc() -> None:
    """Which the lender has for them, though it needs none itself."""
    lender = Guest(functions=(Function(Signature(()), (), None),))
    used = GuestImport(Ref("import", 0), SHOUT.signature)
    tenant = Guest((used,), (Function(SHOUT.signature, (Step(0, (P0,)),), CallResult(0)),), memory="shared")
    made = sharing(lender, tenant)
    inner = replace(made.definitions[0], home=2, imports=(Import("in0", SHOUT.signature),))
    callee = Definition(2, items=(Guest(functions=(SHOUT,)),), exports=(Export("f0", Ref("item", 0, ("f0",))),))
    root = Definition(None, items=(Child(0), Child(1, (Ref("item", 0, ("f0",)),))),
                      exports=(Export("f0", Ref("item", 1, ("f1",))),))
    blueprint = Blueprint((callee, inner, root), calls=(Call("f0", ("hi",)),))
    for engine in ENGINES:
        rendered = render(blueprint)
        running = engine.load(bytes(wat2wasm(rendered.text))).instantiate(lambda *_: None)
        assert running.invoke("f0", ("hi",)) == "hi!"


TEXTS = TupleOf((STRING, ListOf(RecordOf((U8, Prim.U64, STRING))), OptionOf(STRING)))
TEXTS_IMAGE: Image = ("né😀", ((1, 2, "a"), (3, 4, "漢")), (1, "x"))


@pytest.mark.parametrize(("guest", "spilled", "encoding"), [
    (Guest(memory="imported"), True, "utf8"), (Guest(memory="imported"), False, "utf16"),
    (Guest(lowering="indirect"), False, "latin1+utf16"), (Guest(lowering="indirect"), True, "utf16"),
    (Guest(lowering="indirect", memory="imported"), False, "utf8"),
], ids=["store, spilled", "store", "two in one module", "two in one module, spilled", "store, late"])
@pytest.mark.parametrize("second", ["i32", "i64"])
def test_calls_by_a_second_memory(second: str, spilled: bool, guest: Guest, encoding: Encoding) -> None:
    """What goes out lies in one memory and what came in in another; a 64-bit one has another layout."""
    signature = Signature((TEXTS, *(U8,) * 17) if spilled else (TEXTS,), TEXTS)
    args: tuple[Image, ...] = (TEXTS_IMAGE, *(7,) * (len(signature.params) - 1))
    callee = Function(signature, (), Changed(P0, "append"))
    caller = Function(signature, (Step(0, tuple(map(Param, range(len(args))))),), CallResult(0), encoding=encoding)
    guest = replace(guest, second=second)
    blueprint = component(signature, caller, callee, args, args, guest=guest)
    calling = blueprint.definitions[1].items[0]
    assert isinstance(calling, Guest)
    calling = replace(calling, imports=(replace(calling.imports[0], second=True),))
    called, caller_definition, root = blueprint.definitions
    definitions = (called, replace(caller_definition, items=(calling,)), root)
    blueprint = replace(blueprint, definitions=definitions)
    assert "memory2" in render(blueprint).text
    expected = ("né😀!", *TEXTS_IMAGE[1:])  # type: ignore[index]
    assert everywhere(blueprint, native=second == "i32") == [expected, expected]

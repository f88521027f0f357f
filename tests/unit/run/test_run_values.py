"""Every value type through the boundary between the host and guests, both ways (CanonicalABI.md, "Embedding")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from run_plans import PlanBuilder, item, memory, no_host, start

from fact.abi import flatten_functype
from fact.errors import LinkError
from fact.model.plan import Plan
from fact.model.traps import Trap, TrapReason
from fact.model.types import (
    EnumType,
    Flags,
    FuncType,
    List,
    Map,
    Option,
    Prim,
    PtrType,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)
from fact.model.values import Case, Value
from fact.run import prepare_reference

RETURN_AREA = 1 << 16
LIBRARY = """(module (memory (export "memory") {index} 3)
  (global $top (mut {p}) ({p}.const 131072))
  (func (export "realloc") (param $old {p}) (param $size {p}) (param $align {p}) (param $new {p}) (result {p})
    (local $at {p})
    (local.set $at ({p}.and
      ({p}.add (global.get $top) ({p}.sub (local.get $align) ({p}.const 1)))
      ({p}.sub ({p}.const 0) (local.get $align))))
    (global.set $top ({p}.add (local.get $at) (local.get $new)))
    (block $fits (loop $grow
      (br_if $fits ({p}.le_u (global.get $top) ({p}.shl (memory.size) ({p}.const 16))))
      (drop (memory.grow ({p}.const 1))) (br $grow)))
    (memory.copy (local.get $at) (local.get $old)
      (select (local.get $size) (local.get $new) ({p}.lt_u (local.get $size) (local.get $new))))
    (local.get $at)))"""
"""A memory, and a bump allocator that grows it when it has to."""


def echo(t: ValType, encoding: str = "utf8", p: PtrType = "i32") -> Plan:
    """Its `f` gives what it gets to the host's `h`, and returns what that returns."""
    ft = FuncType((("x", t),), t)
    builder = PlanBuilder()
    library = builder.core(LIBRARY.format(index="i64" if p == "i64" else "", p=p))
    options: dict[str, Any] = {
        "memory": memory(library), "realloc": item(library, "realloc"), "pointer": p, "string_encoding": encoding
    }
    lifted, lowered = flatten_functype(ft, "lift", p), flatten_functype(ft, "lower", p)
    area = f"({p}.const {RETURN_AREA})" if len(lowered.params) > len(lifted.params) else ""
    guest = builder.core(
        f"""(module (import "" "h" (func $h (param {" ".join(lowered.params)}) (result {" ".join(lowered.results)})))
          (func (export "f") (param {" ".join(lifted.params)}) (result {" ".join(lifted.results)})
            {" ".join(f"(local.get {i})" for i in range(len(lifted.params)))} {area} (call $h) {area}))""",
        builder.lower_host(builder.host("h", ft), **options),
    )
    builder.export("f", builder.lift(item(guest, "f"), ft, **options))
    return builder.plan()


class Echo:
    """The host of `echo`."""

    def __init__(self) -> None:
        self.seen: list[Value] = []

    def __call__(self, path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value:
        self.seen += args
        return args[0]


DEEP_TYPE: ValType = Prim.STRING
DEEP_VALUE: Value = "deep"
for _ in range(100):
    DEEP_TYPE, DEEP_VALUE = Option(DEEP_TYPE), Case("some", DEEP_VALUE)

VALUES: list[tuple[ValType, Value]] = [
    (Prim.STRING, "héllo, wörld"),
    (Prim.STRING, "日本 \U0001f600"),
    (Prim.STRING, ""),
    (List(Prim.U8), tuple(range(256)) * 1000),
    (List(Prim.STRING), ("a", "é", "日", "")),
    (List(List(Prim.U16)), ((), (1,), (2, 3))),
    (List(Prim.F64, 3), (1.5, -0.0, 2.0)),
    (List(Prim.U8, 1000), tuple(i % 256 for i in range(1000))),
    (Map(Prim.STRING, Prim.U32), (("a", 1), ("b", 2), ("a", 3))),
    (Record((("a", Prim.U8), ("b", Prim.STRING), ("c", Prim.S64))), (255, "b", -1)),
    (Record(tuple((f"f{i}", Prim.U16) for i in range(1500))), tuple(range(1500))),
    (Tuple((Prim.BOOL, Prim.CHAR, Prim.F32)), (True, "\U0010ffff", 0.5)),
    (Tuple((Prim.U8,) * 17), tuple(range(17))),
    (Variant((("a", None), ("b", Prim.STRING), ("c", Prim.F32), ("d", Prim.S64))), Case("b", "text")),
    (Variant((("a", None), ("b", Prim.STRING), ("c", Prim.F32), ("d", Prim.S64))), Case("c", -1.5)),
    (Variant(tuple((f"c{i}", Prim.U8) for i in range(257))), Case("c256", 7)),
    (EnumType(tuple(f"e{i}" for i in range(65_537))), Case("e65536")),
    (Option(Option(Prim.U8)), Case("some", Case("none"))),
    (Result(Prim.STRING, Prim.U8), Case("error", 3)),
    (Result(None, None), Case("ok")),
    (Flags(tuple(f"l{i}" for i in range(32))), frozenset({"l0", "l31"})),
    (Flags(("a",)), frozenset()),
    (DEEP_TYPE, DEEP_VALUE),
]


@pytest.mark.parametrize("p", ["i32", "i64"])
@pytest.mark.parametrize("encoding", ["utf8", "utf16", "latin1+utf16"])
def test_values_go_in_and_out_through_exports_and_host_imports(encoding: str, p: PtrType) -> None:
    for t, value in VALUES:
        host = Echo()
        instance = prepare_reference(echo(t, encoding, p)).instantiate(host)
        assert instance.invoke("f", [value]) == value, t
        assert host.seen == [value], t


def test_lists_will_do_as_tuples_and_the_host_sees_tuples() -> None:
    host = Echo()
    instance = prepare_reference(echo(List(Tuple((Prim.U8, Prim.STRING))))).instantiate(host)
    assert instance.invoke("f", [[(1, "a"), [2, "b"]]]) == ((1, "a"), (2, "b"))  # type: ignore[list-item]
    assert host.seen == [((1, "a"), (2, "b"))]


def test_a_value_that_the_host_returns_must_be_of_the_type() -> None:
    instance = prepare_reference(echo(List(Prim.U8))).instantiate(lambda path, type, args: (1, 256))
    with pytest.raises(Trap) as trap:
        instance.invoke("f", [(1,)])
    assert trap.value.reason is TrapReason.HOST
    assert "[1]: 256 is out of range" in str(trap.value)


# -- guests of their own: spilled results, post-return


SPILLED = """(module (memory (export "memory") {index} 1)
  (global $freed (mut i32) (i32.const 0))
  (data ({p}.const 1024) "{area}") (data ({p}.const 2048) "text")
  (func (export "f") (result {p}) ({p}.const 1024))
  (func (export "post") (param $area {p}) (global.set $freed (i32.wrap_i64 {wide})))
  (func (export "freed") (result i32) (global.get $freed)))"""


@pytest.mark.parametrize(
    ("p", "index", "area", "wide"),
    [
        ("i32", "", r"\00\08\00\00\04\00\00\00\2a", "(i64.extend_i32_u (local.get $area))"),
        ("i64", "i64", r"\00\08\00\00\00\00\00\00\04\00\00\00\00\00\00\00\2a", "(local.get $area)"),
    ],
)
def test_a_spilled_result_is_read_and_given_back(p: PtrType, index: str, area: str, wide: str) -> None:
    """canon lift: post-return is called with the core results, here the pointer to the area."""
    builder = PlanBuilder()
    guest = builder.core(SPILLED.format(p=p, index=index, area=area, wide=wide))
    ft = FuncType((), Tuple((Prim.STRING, Prim.U8)))
    builder.export("f", builder.lift(item(guest, "f"), ft, memory=memory(guest), post_return=item(guest, "post"),
                                     pointer=p))
    builder.export("freed", builder.lift(item(guest, "freed"), FuncType((), Prim.U32)))
    instance = start(builder.plan())
    assert instance.invoke("f", []) == ("text", 42)
    assert instance.invoke("freed", []) == 1024


@pytest.mark.parametrize(
    ("pointer", "length", "reason"),
    [
        (0x1_0000_0000, 4, TrapReason.POINTER_OUT_OF_BOUNDS),
        (1 << 63, 1, TrapReason.POINTER_OUT_OF_BOUNDS),
        ((1 << 64) - 1, 1, TrapReason.POINTER_OUT_OF_BOUNDS),
        (0, 1 << 28, TrapReason.STRING_TOO_LONG),
        (0, 1 << 63, TrapReason.STRING_TOO_LONG),
    ],
)
def test_wide_pointers_are_taken_whole(pointer: int, length: int, reason: TrapReason) -> None:
    """CanonicalABI.md, "Loading": `load_string_from_range`."""
    builder = PlanBuilder()
    core = builder.core(f"""(module (memory (export "memory") i64 1)
      (func (export "f") (result i64)
        (i64.store (i64.const 8) (i64.const {pointer})) (i64.store (i64.const 16) (i64.const {length}))
        (i64.const 8)))""")
    builder.export("f", builder.lift(item(core, "f"), FuncType((), Prim.STRING), memory=memory(core), pointer="i64"))
    with pytest.raises(Trap) as trap:
        start(builder.plan()).invoke("f", [])
    assert (trap.value.reason, trap.value.site) == (reason, "result")


def test_realloc_must_be_as_wide_as_its_memory() -> None:
    builder = PlanBuilder()
    core = builder.core("""(module (memory (export "memory") i64 1) (func (export "f") (param i64 i64))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))""")
    builder.export("f", builder.lift(item(core, "f"), FuncType((("s", Prim.STRING),), None), memory=memory(core),
                                     realloc=item(core, "realloc"), pointer="i64"))
    with pytest.raises(LinkError, match=r"it must be \(i64, i64, i64, i64\) -> \(i64\)"):
        prepare_reference(builder.plan()).instantiate(no_host)

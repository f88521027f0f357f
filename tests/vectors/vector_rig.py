"""Vectors on the compiled adapters: two component instances, and a few functions between them for each vector.

| crossing | what it shows |
|---|---|
| lower: parameter, from the source encoding to the vector's | `lower_flat`, hostile realloc; `store` if it spills |
| store: result, likewise | `store`, if it spills |
| lift: parameter, from the vector's encoding to another one | `lift`, unless it spills |
| lift_result: result, likewise | `lift`, unless it spills |
| shared, shared_result: as lower and store, but one instance calls itself | source and target may be one memory |

Adapters are called straight, with any flat values; the callee writes down what it is given, returns what it is told.
The memories are measured in bytes, not in pages of 64 KiB (the proposal custom-page-sizes), so that they end where a
vector's memory ends. For that the text of the adapters is edited: see `in_bytes`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import cast

from vector_form import BASE, HOSTILE_MEMORY, HostileRealloc, ReallocCall, Vector
from vector_image import BITS
from wasmtime import Engine, _ffi, wat2wasm

from fact.abi import CoreFunc, CoreValue, flatten_functype
from fact.adapters import compile_adapters
from fact.decode import decode_core_module
from fact.link import partition
from fact.model.plan import (
    Adapter,
    AdapterRef,
    CompiledAdapterModule,
    ComponentInstance,
    InstanceExport,
    InstantiateModule,
    Lift,
    Options,
    Plan,
    ScratchMemory,
    SupportModule,
)
from fact.model.syntax import CoreModule, Sort
from fact.model.types import CoreFuncType, FuncType, PtrType
from fact.model.values import Value
from fact.run import Prepared, Profile, prepare_compiled
from fact.run.engine import configuration
from fact.run.linkage import Linkage
from fact.run.raw import CoreMemory, signature

CALLEE, CALLER = 1, 2
SOURCE, TARGET, FUNCTIONS = range(3)
ENCODINGS = ("utf8", "utf16", "latin1+utf16")
POINTERS: tuple[PtrType, PtrType] = ("i32", "i64")
NEVER = 0xFFFFFFFF


# -- guests


def module(wat: str) -> CoreModule:
    return decode_core_module(bytes(wat2wasm(wat)))


@cache
def source_guest() -> CoreModule:
    return module("""(module
      (memory $m32 (export "i32") 0 (pagesize 1)) (memory $m64 (export "i64") i64 0 (pagesize 1))
      (func (export "grow i32") (param i32) (result i32) (memory.grow $m32 (local.get 0)))
      (func (export "grow i64") (param i64) (result i64) (memory.grow $m64 (local.get 0))))""")


@cache
def target_guest() -> CoreModule:
    """The vectors' allocator over each of two memories. `reset` says where it starts and what call is hostile first."""
    return module(f"""(module
      (memory $i32 (export "i32") {HOSTILE_MEMORY} (pagesize 1))
      (memory $i64 (export "i64") i64 {HOSTILE_MEMORY} (pagesize 1))
      (memory $log (export "log") 64)
      (global $top (mut i64) (i64.const 0)) (global $calls (mut i32) (i32.const 0))
      (global $hostile (mut i32) (i32.const 0)) (global $odd (mut i32) (i32.const 0))
      (func (export "reset") (param $top i64) (param $hostile i32) (param $odd i32)
        (global.set $top (local.get $top)) (global.set $calls (i32.const 0))
        (global.set $hostile (local.get $hostile)) (global.set $odd (local.get $odd))
        (if (i64.gt_u (local.get $top) (i64.extend_i32_u (memory.size $i32)))
          (then (drop (memory.grow $i32 (i32.sub (i32.wrap_i64 (local.get $top)) (memory.size $i32))))))
        (if (i64.gt_u (local.get $top) (memory.size $i64))
          (then (drop (memory.grow $i64 (i64.sub (local.get $top) (memory.size $i64))))))
        (memory.fill $i32 (i32.const 0) (i32.const 0) (memory.size $i32))
        (memory.fill $i64 (i64.const 0) (i32.const 0) (memory.size $i64)))
      (func (export "calls") (result i32) (global.get $calls))
      {" ".join(map(realloc, POINTERS))})""")


def realloc(p: PtrType) -> str:
    def wide(value: str) -> str:
        return value if p == "i64" else f"(i64.extend_i32_u {value})"

    top = "(global.get $top)" if p == "i64" else "(i32.wrap_i64 (global.get $top))"
    aligned = f"({p}.and ({p}.add {{}} ({p}.sub (local.get $align) {{}})) ({p}.sub ({p}.const 0) (local.get $align)))"
    entry = "".join(
        f"(i64.store $log offset={8 * i} (i32.mul (global.get $calls) (i32.const 40)) {wide(f'(local.get ${name})')})"
        for i, name in enumerate(("old", "size", "align", "new", "at"))
    )
    return f"""(func (export "realloc {p}")
      (param $old {p}) (param $size {p}) (param $align {p}) (param $new {p}) (result {p}) (local $at {p})
      (local.set $at {aligned.format(top, f"({p}.const 1)")})
      (global.set $top {wide(f"({p}.add (local.get $at) (local.get $new))")})
      (if (i64.gt_u (global.get $top) {wide(f"(memory.size ${p})")})
        (then (drop (memory.grow ${p} ({p}.sub {top} (memory.size ${p}))))))
      (memory.copy ${p} ${p} (local.get $at) (local.get $old)
        (select (local.get $size) (local.get $new) ({p}.lt_u (local.get $size) (local.get $new))))
      (if (i32.ge_u (global.get $calls) (global.get $hostile))
        (then (local.set $at (if (result {p}) (global.get $odd)
          (then ({p}.add (local.get $at) ({p}.const 1)))
          (else {aligned.format(f"({p}.const {HOSTILE_MEMORY})", f"({p}.const 0)")})))))
      {entry}
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (local.get $at))"""


def callee(name: str, type: CoreFuncType) -> str:
    """Writes its parameters to its memory, eight bytes each; returns what is there."""
    stores = "".join(f"({t}.store (i32.const {8 * i}) (local.get {i}))" for i, t in enumerate(type.params))
    loads = "".join(f"({t}.load (i32.const {8 * i}))" for i, t in enumerate(type.results))
    signature = f'(param {" ".join(type.params)}) (result {" ".join(type.results)})'
    return f'(func (export "{name}") {signature} {stores} {loads})'


# -- plans


@dataclass(frozen=True)
class Crossing:
    """A function between the two: its parameter, or its result, is of a vector's type. *adapter* is its number."""

    adapter: int
    type: FuncType
    source: Options
    target: Options
    caller: int = CALLER

    @property
    def lower(self) -> CoreFuncType:
        """Of the adapter."""
        options = self.target if self.type.params == () else self.source
        return flatten_functype(self.type, "lower", options.pointer)

    @property
    def lift(self) -> CoreFuncType:
        """Of the callee."""
        options = self.source if self.type.params == () else self.target
        return flatten_functype(self.type, "lift", options.pointer)


@dataclass(frozen=True)
class Crossings:
    lower: Crossing
    store: Crossing
    lift: Crossing
    lift_result: Crossing
    shared: Crossing
    shared_result: Crossing

    def all(self) -> tuple[Crossing, ...]:
        return self.lower, self.store, self.lift, self.lift_result, self.shared, self.shared_result


CROSSINGS = 6
"""For each vector."""


def crossings(v: Vector, number: int) -> Crossings:
    """Of a vector, whose first adapter is *number*. Pointers and encodings of the other side take turns."""
    source, other = POINTERS[v.line % 2], POINTERS[v.line // 2 % 2]
    param, result = FuncType((("x", v.type),), None), FuncType((), v.type)
    in_ = options(SOURCE, v.from_, source), options(TARGET, v.to, v.pointer)
    out = options(SOURCE, v.to, v.pointer), options(TARGET, ENCODINGS[v.line % 3], other)
    within = options(TARGET, v.from_, v.pointer), options(TARGET, v.to, v.pointer)
    return Crossings(
        Crossing(number, param, *in_),
        Crossing(number + 1, result, *in_),
        Crossing(number + 2, param, *out),
        Crossing(number + 3, result, *out),
        Crossing(number + 4, param, *within, CALLEE),
        Crossing(number + 5, result, *within, CALLEE),
    )


def options(guest: int, encoding: str, pointer: PtrType) -> Options:
    return Options(
        encoding,
        InstanceExport(guest, pointer, Sort.CORE_MEMORY),
        InstanceExport(guest, f"realloc {pointer}", Sort.CORE_FUNC) if guest == TARGET else None,
        pointer=pointer,
    )


def plan_of(batch: Sequence[Crossing]) -> Plan:
    functions = " ".join(callee(str(c.adapter), c.lift) for c in batch)
    lowers = [c.target if c.type.params == () else c.source for c in batch]
    lifts = [c.source if c.type.params == () else c.target for c in batch]
    names = ("source", "target", "functions")
    return Plan(
        component_instances=(
            ComponentInstance(0, None, "root"), ComponentInstance(CALLEE, 0, "root.callee"),
            ComponentInstance(CALLER, 0, "root.caller"),
        ),
        modules=(source_guest(), target_guest(), module(f'(module (memory (export "values") 1) {functions})')),
        steps=tuple(InstantiateModule(i, i, (), CALLEE, name) for i, name in enumerate(names)),
        lifts=tuple(
            Lift(
                c.adapter, InstanceExport(FUNCTIONS, str(c.adapter), Sort.CORE_FUNC), c.type, o, CALLEE, f"f{c.adapter}"
            )
            for c, o in zip(batch, lifts, strict=True)
        ),
        adapters=tuple(
            Adapter(c.adapter, c.adapter, c.type, o, c.caller, f"f{c.adapter}")
            for c, o in zip(batch, lowers, strict=True)
        ),
        host_imports=(),
        host_lowers=(),
        exports=(),
    )


# -- memories that are measured in bytes


@cache
def engine() -> Engine:
    config = configuration(False, Profile.COMPILES_FAST)
    _ffi.wasmtime_config_wasm_custom_page_sizes_set(config.ptr(), True)
    return Engine(config)


SIZE = re.compile(
    r"\(i64\.shl (\(i64\.extend_i32_u \(memory\.size (\S+)\)\)|\(memory\.size (\S+)\)) \(i64\.const 16\)\)"
)
IMPORT = re.compile(r'(\(import "memory" "((?:[^"\\]|\\.)*)" \(memory (\S+)(?: i32| i64)? 0)(?=\)\))')


def in_bytes(wat: str, scratch: Sequence[str] = ()) -> str:
    """*wat* over guests' memories with pages of one byte: their imports say so, and sizes are not shifted by 16.

    *scratch* are the names of imports that are no memories of guests.
    """
    memories = {m[3] for m in IMPORT.finditer(wat) if m[2] not in scratch}
    edited = SIZE.sub(lambda m: m[1] if {m[2], m[3]} & memories else m[0], wat)
    unknown = sum(SIZE.sub("", wat).count(f"(memory.size {m})") for m in memories)
    assert not unknown, f"{unknown} sizes of memories are not multiplied by 64 KiB in the form that is known here"
    return IMPORT.sub(lambda m: f"{m[1]} (pagesize 1)" if m[3] in memories else m[1], edited)


def all_in_bytes(compiled: CompiledAdapterModule) -> CompiledAdapterModule:
    def edited(support: SupportModule) -> SupportModule:
        scratch = [str(i) for i, memory in enumerate(support.memories) if isinstance(memory, ScratchMemory)]
        return replace(support, wat=in_bytes(support.wat, scratch))

    return replace(compiled, wat=in_bytes(compiled.wat), support=tuple(map(edited, compiled.support)))


# -- running


@dataclass(frozen=True)
class Batch:
    """Vectors with their crossings, compiled. *adapters* are what the compiler wrote, unedited."""

    vectors: tuple[tuple[Vector, Crossings], ...]
    adapters: tuple[CompiledAdapterModule, ...]
    prepared: Prepared


def batch_of(vectors: Sequence[Vector]) -> Batch:
    """To be called, and run, with `fact.run.engine._engine` giving `engine()`."""
    pairs = tuple((v, crossings(v, CROSSINGS * i)) for i, v in enumerate(vectors))
    plan = partition(plan_of([c for _, x in pairs for c in x.all()]))
    adapters = compile_adapters(plan)
    return Batch(pairs, adapters, prepare_compiled(plan, [all_in_bytes(module) for module in adapters]))


class Rig:
    """A batch, instantiated afresh whenever the last instance is of no more use."""

    def __init__(self, batch: Batch) -> None:
        self._prepared = batch.prepared
        self._linkage: Linkage | None = None

    def restart(self) -> None:
        """After a trap an instance is entered for good."""
        self._linkage = None

    @property
    def linkage(self) -> Linkage:
        if self._linkage is None:
            self._linkage = self._prepared.link(no_host)
            self._linkage.carry_out()
        return self._linkage

    # -- memories

    def prepare(
        self, crossing: Crossing, source: bytes | bytearray, top: int = BASE, hostile: HostileRealloc | None = None
    ) -> None:
        """Makes the source memory as long as *source*, and *source* what is in it; the target memory is zeros, where
        the allocator begins at *top*."""
        pointer = crossing.source.pointer
        if len(self._memory(SOURCE, pointer)) > len(source):
            self.restart()
        if hostile is not None and len(self._memory(TARGET, crossing.target.pointer)) > HOSTILE_MEMORY:
            self.restart()
        memory = self._memory(SOURCE, pointer)
        if more := len(source) - len(memory):
            self._function(SOURCE, f"grow {pointer}", CoreFuncType((pointer,), (pointer,)))([more])
        assert len(memory) == len(source)
        memory[:] = bytes(source)
        self._reset(top, hostile)

    def prepare_shared(self, crossing: Crossing, image: bytes | bytearray, top: int) -> None:
        """The target memory is the source as well: zeros behind *image*. The allocator begins at *top*."""
        self._reset(top, None)
        memory = self._memory(TARGET, crossing.target.pointer)
        memory[: len(image)] = bytes(image)

    def _reset(self, top: int, hostile: HostileRealloc | None) -> None:
        calm = (top, NEVER, 0)
        args = calm if hostile is None else (top, hostile.from_call, int(hostile.does == "odd"))
        self._function(TARGET, "reset", CoreFuncType(("i64", "i32", "i32"), ()))(args)

    def target(self, crossing: Crossing) -> bytes:
        """All of the target memory."""
        memory = self._memory(TARGET, crossing.target.pointer)
        return bytes(memory[: len(memory)])

    def _memory(self, guest: int, pointer: PtrType) -> CoreMemory:
        memory = self.linkage.memory(InstanceExport(guest, pointer, Sort.CORE_MEMORY), pointer)
        len(memory)
        return memory

    def realloc_calls(self) -> tuple[ReallocCall, ...]:
        (count,) = self._function(TARGET, "calls", CoreFuncType((), ("i32",)))(())
        log = self.linkage.memory(InstanceExport(TARGET, "log", Sort.CORE_MEMORY), "i32")
        len(log)
        words = memoryview(bytes(log[: 40 * int(count)])).cast("Q")
        return tuple(cast(ReallocCall, tuple(words[i : i + 5])) for i in range(0, len(words), 5))

    # -- functions

    def call(self, crossing: Crossing, args: Sequence[CoreValue]) -> Sequence[CoreValue]:
        """Calls the adapter. Raises `Trap`."""
        return self.linkage.function(AdapterRef(crossing.adapter), signature(crossing.lower))(args)

    def received(self, crossing: Crossing) -> list[int]:
        """The bits of the core values that the callee was given."""
        values = self._values()
        types = enumerate(crossing.lift.params)
        return [int.from_bytes(values[8 * i : 8 * i + BITS[t] // 8], "little") for i, t in types]

    def make_return(self, crossing: Crossing, bits: int) -> None:
        """The callee of *crossing* is to return a core value of these bits."""
        values = self._values()
        values[0:8] = bits.to_bytes(8, "little")

    def _values(self) -> CoreMemory:
        memory = self.linkage.memory(InstanceExport(FUNCTIONS, "values", Sort.CORE_MEMORY), "i32")
        len(memory)
        return memory

    def _function(self, guest: int, name: str, type: CoreFuncType) -> CoreFunc:
        return self.linkage.function(InstanceExport(guest, name, Sort.CORE_FUNC), signature(type))


def no_host(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value | None:
    raise AssertionError("there are no host imports")

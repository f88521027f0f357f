"""Two components with one function between them, and its values in their memories: no guests' code but what it takes.

The plan is made by hand, so that neither decoder nor linker costs time. The caller is the harness itself: it calls the
adapter with core values. The callee notes what it is given, and returns core values from its memory.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache

from wasmtime import wat2wasm

from fact.abi import CoreValue
from fact.abi.scalars import core_f32_reinterpret_i32, core_f64_reinterpret_i64
from fact.decode import decode_core_module
from fact.link import partition
from fact.model.plan import (
    Adapter,
    AdapterRef,
    ComponentInstance,
    InstanceExport,
    InstantiateModule,
    Lift,
    Options,
    Plan,
)
from fact.model.syntax import CoreModule, Sort
from fact.model.traps import Trap
from fact.model.types import CoreFuncType, CoreValType, FuncType, PtrType
from fact.model.values import Value
from fact.run import Prepared
from fact.run.linkage import Linkage
from fact.run.raw import CoreMemory, signature
from fuzz.case import function_type
from fuzz.guided.boundary import REALLOC_WAYS, Boundary, Side
from generators.constants import Data, Lowering
from generators.layout import area, core_params, core_results, lowered_type, spills, spills_result
from generators.mill import EVERY_TASTE, Taste, made_image
from generators.valtypes import Image, Type

PAGE = 1 << 16
MOST_PAGES = 8
TASTE = Taste(EVERY_TASTE.edges, EVERY_TASTE.texts, ("tiny", "short", "vectors", "long"))
CALLER, CALLEE = 1, 2
"""Component instances; the core instances with their memories are 0 and 1, that with the callee is 2."""
RETURNED, AFTERWARDS = 1 << 12, 1 << 13
"""Where in the callee's own memory is what it returns, and what its post-return is given."""
LOGGED = 40
"""Bytes of the log for each call of realloc: its four arguments and its result."""


# -- guests


@lru_cache(maxsize=4)
def memory_guest(p: PtrType) -> CoreModule:
    """A memory and its realloc. The log has the number of its calls, then each."""
    def wide(value: str) -> str:
        return value if p == "i64" else f"(i64.extend_i32_u {value})"

    index = " i64" if p == "i64" else ""
    entry = "".join(
        f"(i64.store $log offset={8 + 8 * i} (local.get $entry) {wide(f'(local.get ${name})')})"
        for i, name in enumerate(("old", "size", "align", "new", "at"))
    )
    return _module(f"""(module
      (memory $m (export "memory"){index} 1 {MOST_PAGES}) (memory $log (export "log") 16)
      (global $top (mut {p}) ({p}.const 0)) (global $calls (mut i32) (i32.const 0))
      (global $way (mut i32) (i32.const 0)) (global $since (mut i32) (i32.const 0))
      (func (export "reset") (param $top {p}) (param $way i32) (param $since i32)
        (global.set $top (local.get $top)) (global.set $way (local.get $way)) (global.set $since (local.get $since)))
      (func (export "realloc") (param $old {p}) (param $size {p}) (param $align {p}) (param $new {p}) (result {p})
        (local $at {p}) (local $entry i32) (local $way i32)
        (if (i32.ge_u (global.get $calls) (global.get $since)) (then (local.set $way (global.get $way))))
        (if (i32.and (i32.eq (local.get $way) (i32.const 1)) (i32.and (i32.wrap_i64 {wide('(local.get $size)')})
              ({p}.le_u (local.get $new) (local.get $size))))
          (then (local.set $at (local.get $old)))
          (else
            (local.set $at ({p}.and ({p}.add (global.get $top) ({p}.sub (local.get $align) ({p}.const 1)))
              ({p}.sub ({p}.const 0) (local.get $align))))
            (global.set $top ({p}.add (local.get $at) (local.get $new)))
            (if ({p}.gt_u (global.get $top) ({p}.shl (memory.size $m) ({p}.const 16)))
              (then (drop (memory.grow $m ({p}.add ({p}.const 1) ({p}.shr_u ({p}.sub (global.get $top)
                ({p}.shl (memory.size $m) ({p}.const 16))) ({p}.const 16)))))))
            (if ({p}.gt_u (global.get $top) ({p}.shl (memory.size $m) ({p}.const 16))) (then (unreachable)))
            (memory.copy $m $m (local.get $at) (local.get $old)
              (select (local.get $size) (local.get $new) ({p}.lt_u (local.get $size) (local.get $new))))))
        (if (i32.eq (local.get $way) (i32.const 2)) (then (local.set $at ({p}.add (local.get $at) ({p}.const 1)))))
        (if (i32.eq (local.get $way) (i32.const 3)) (then (local.set $at ({p}.const {MOST_PAGES * PAGE}))))
        (local.set $entry (i32.mul (i32.and (global.get $calls) (i32.const 0x3fff)) (i32.const {LOGGED})))
        {entry}
        (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        (i32.store $log (i32.const 0) (global.get $calls))
        (local.get $at)))""")


@lru_cache(maxsize=512)
def callee_guest(t: CoreFuncType) -> CoreModule:
    """A function that notes its parameters and returns what is in memory; a post-return that notes its own."""
    def stored(types: tuple[CoreValType, ...], to: int) -> str:
        return "".join(f"({v}.store (i32.const {to + 8 * i}) (local.get {i}))" for i, v in enumerate(types))

    loads = "".join(f"({r}.load (i32.const {RETURNED + 8 * i}))" for i, r in enumerate(t.results))
    return _module(f"""(module (memory (export "values") 1)
      (func (export "f") (param {' '.join(t.params)}) (result {' '.join(t.results)}) {stored(t.params, 0)} {loads})
      (func (export "after") (param {' '.join(t.results)}) {stored(t.results, AFTERWARDS + 8)}
        (i32.store (i32.const {AFTERWARDS}) (i32.add (i32.load (i32.const {AFTERWARDS})) (i32.const 1)))))""")


def _module(wat: str) -> CoreModule:
    return decode_core_module(bytes(wat2wasm(wat)))


# -- the plan


def plan_of(b: Boundary) -> Plan:
    callee = callee_guest(CoreFuncType(core_params(b.signature, b.callee.pointer),
                                       core_results(b.signature, b.callee.pointer)))
    t = function_type(b.signature)
    caller = CALLEE if b.itself else CALLER
    lift = Lift(0, InstanceExport(2, "f", Sort.CORE_FUNC), t, _options(b.callee, 1, b.post_return), CALLEE, "f")
    return partition(Plan(
        component_instances=(
            ComponentInstance(0, None, "root"), ComponentInstance(CALLER, 0, "root.caller"),
            ComponentInstance(CALLEE, 0, "root.callee"),
        ),
        modules=(memory_guest(b.caller.pointer), memory_guest(b.callee.pointer), callee),
        steps=tuple(InstantiateModule(i, i, (), owner, name) for i, owner, name in (
            (0, CALLER, "caller"), (1, CALLEE, "callee"), (2, CALLEE, "function"))),
        lifts=(lift,),
        adapters=(Adapter(0, 0, t, _options(b.caller, int(b.itself), False), caller, "f"),),
        host_imports=(), host_lowers=(), exports=(),
    ))


def _options(side: Side, instance: int, post_return: bool) -> Options:
    return Options(
        side.encoding, InstanceExport(instance, "memory", Sort.CORE_MEMORY),
        InstanceExport(instance, "realloc", Sort.CORE_FUNC),
        InstanceExport(2, "after", Sort.CORE_FUNC) if post_return else None, side.pointer,
    )


# -- what is in memories and passed before the call


@dataclass(frozen=True, slots=True)
class Placed:
    """The core values of one side, as bits, and its memory's static part."""

    flat: tuple[int, ...]
    data: Data


def placed(b: Boundary) -> tuple[Placed, Placed]:
    """The caller's and the callee's; *data* is one for both where the component calls itself. Raises
    `generators.constants.Full`."""
    caller, callee = Data(PAGE), Data(PAGE)
    if b.itself:
        caller = callee
    ours = Lowering(caller, b.caller.pointer, b.caller.encoding)
    theirs = Lowering(callee, b.callee.pointer, b.callee.encoding)
    given = _parameters(b, ours)
    returned = _result(b, theirs)
    given, returned = ([_raw(b, side, i, bits) for i, bits in enumerate(values)]
                       for side, values in (("caller", given), ("callee", returned)))
    for poke in b.pokes:
        content = (caller if poke.side == "caller" else callee).content
        if content:
            content[poke.at % len(content)] = poke.byte
    return Placed(tuple(given), caller), Placed(tuple(returned), callee)


def _parameters(b: Boundary, lowering: Lowering) -> list[int]:
    s, p = b.signature, b.caller.pointer
    images = [made_image(t, b.arguments and b.arguments + 7 * i, TASTE) for i, t in enumerate(s.params)]
    values: list[int] = []
    if spills(s):
        values.append(_stored(lowering, s.params, images))
    else:
        for t, image in zip(s.params, images, strict=True):
            values += lowering.flat(t, image)
    if spills_result(s):
        assert s.result is not None
        _, size, align = area((s.result,), p)
        values.append(lowering.data.reserve(size, align))
    return values


def _result(b: Boundary, lowering: Lowering) -> list[int]:
    s = b.signature
    if s.result is None:
        return []
    image = made_image(s.result, b.answer, TASTE)
    return [_stored(lowering, (s.result,), [image])] if spills_result(s) else lowering.flat(s.result, image)


def _stored(lowering: Lowering, types: tuple[Type, ...], images: list[Image]) -> int:
    _, size, align = area(types, lowering.pointer)
    at = lowering.data.reserve(size, align)
    lowering.store_fields(types, tuple(images), at)
    return at


def _raw(b: Boundary, side: str, at: int, bits: int) -> int:
    found = next((r for r in b.raw if r.side == side and r.at == at), None)
    if found is None:
        return bits
    return found.bits if found.how == "is" else (bits + found.bits) % (1 << 64)


# -- running


@dataclass(frozen=True, slots=True)
class Seen:
    """What one engine did. *trap*: reason and site. *given*, *after*: the bits that the callee and its post-return
    were given. *reallocs* and *memories* are the caller's and the callee's."""

    trap: tuple[str, str | None] | None
    returned: tuple[int, ...]
    given: bytes
    after: bytes
    reallocs: tuple[bytes, bytes]
    memories: tuple[bytes, bytes]


def run(prepared: Prepared, b: Boundary, caller: Placed, callee: Placed) -> Seen:
    """A fresh instance, and one call of the adapter. Raises what an adapter may not."""
    linkage = prepared.link(_no_host)
    linkage.carry_out()
    for instance, side, data in ((0, b.caller, caller.data), (1, b.callee, callee.data)):
        _fill(linkage, instance, side, data)
    results = core_results(b.signature, b.callee.pointer)
    values = _memory(linkage, 2, "values", "i32")
    for i, (t, bits) in enumerate(zip(results, callee.flat, strict=True)):
        width = 8 if t in ("i64", "f64") else 4
        values[RETURNED + 8 * i : RETURNED + 8 * i + width] = (bits & (1 << 8 * width) - 1).to_bytes(width, "little")
    params, lowered = lowered_type(b.signature, b.caller.pointer)
    function = linkage.function(AdapterRef(0), signature(CoreFuncType(params, lowered)))
    trap: tuple[str, str | None] | None = None
    returned: tuple[int, ...] = ()
    try:
        values_out = function([core_value(t, bits) for t, bits in zip(params, caller.flat, strict=True)])
        returned = tuple(core_bits(t, v) for t, v in zip(lowered, values_out, strict=True))
    except Trap as raised:
        trap = raised.reason.value, raised.site
    passed = bytes(values[: 8 * len(core_params(b.signature, b.callee.pointer))])
    after = bytes(values[AFTERWARDS : AFTERWARDS + 8 + 8 * len(results)])
    sides = ((0, b.caller.pointer), (1, b.callee.pointer))
    memories = tuple(_whole(_memory(linkage, i, "memory", p)) for i, p in sides)
    reallocs = tuple(_reallocs(_memory(linkage, i, "log", "i32")) for i, _ in sides)
    return Seen(trap, returned, passed, after, (reallocs[0], reallocs[1]), (memories[0], memories[1]))


def _fill(linkage: Linkage, instance: int, side: Side, data: Data) -> None:
    memory = _memory(linkage, instance, "memory", side.pointer)
    memory[data.start : data.start + len(data.content)] = bytes(data.content)
    reset = signature(CoreFuncType((side.pointer, "i32", "i32"), ()))
    way = REALLOC_WAYS.index(side.realloc)
    linkage.function(InstanceExport(instance, "reset", Sort.CORE_FUNC), reset)([data.top(), way, side.since & 0xFFFF])


def _memory(linkage: Linkage, instance: int, name: str, pointer: PtrType) -> CoreMemory:
    memory = linkage.memory(InstanceExport(instance, name, Sort.CORE_MEMORY), pointer)
    len(memory)
    return memory


def _whole(memory: CoreMemory) -> bytes:
    return bytes(memory[: len(memory)])


def _reallocs(log: CoreMemory) -> bytes:
    count = min(int.from_bytes(log[0:4], "little"), 0x4000)
    return bytes(log[: 8 + LOGGED * count])


def core_value(t: str, bits: int) -> CoreValue:
    match t:
        case "f32":
            return core_f32_reinterpret_i32(bits & 0xFFFF_FFFF)
        case "f64":
            return core_f64_reinterpret_i64(bits)
    return bits & (0xFFFF_FFFF if t == "i32" else 0xFFFF_FFFF_FFFF_FFFF)


def core_bits(t: str, value: CoreValue) -> int:
    if t in ("f32", "f64"):
        return int.from_bytes(struct.pack("<f" if t == "f32" else "<d", value), "little")
    return int(value)


def _no_host(path: tuple[str, ...], type: FuncType, args: object) -> Value | None:
    raise AssertionError("there are no host imports")

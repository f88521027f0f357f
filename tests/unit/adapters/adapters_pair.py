"""Two components with one function between them: its caller's and its callee's memory in full view.

Parameters: the caller is called with any flat values and any memory; the callee keeps what it is given. Results: the
callee returns what it is told. Every realloc is noted.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from adapters_harness import Running, World, function, memory

from fact.adapters.shapes import Shapes
from fact.adapters.signature import Signature
from fact.model.plan import Options
from fact.model.traps import TrapReason
from fact.model.types import CoreFuncType, FuncType, PtrType, ValType

GUEST_MEMORY = 2 << 16
HEAP = 4096
"""Where realloc begins to hand out, in either component."""

REALLOC = """
    (global $top (export "top") (mut i64) (i64.const {heap}))
    (global $forced (export "forced") (mut i64) (i64.const -1))
    (memory $log (export "log") 1) (global $noted (export "noted") (mut i32) (i32.const 0))
    (func $note (param i64)
      (i64.store $log (global.get $noted) (local.get 0))
      (global.set $noted (i32.add (global.get $noted) (i32.const 8))))
    (func (export "realloc") (param $old {p}) (param $old_size {p}) (param $align {p}) (param $size {p}) (result {p})
      (local $new i64)
      (call $note {align}) (call $note {size})
      (if (i64.ne (global.get $forced) (i64.const -1)) (then (return {forced})))
      (local.set $new (i64.and (i64.add (global.get $top) (i64.sub {align} (i64.const 1)))
        (i64.sub (i64.const 0) {align})))
      (global.set $top (i64.add (local.get $new) {size}))
      {new})
"""


def _memory_and_realloc(pointer: PtrType, heap: int) -> str:
    wide = pointer == "i64"

    def as_i64(name: str) -> str:
        return f"(local.get {name})" if wide else f"(i64.extend_i32_u (local.get {name}))"

    def as_pointer(value: str) -> str:
        return value if wide else f"(i32.wrap_i64 {value})"

    index_type = " i64" if wide else ""
    return f'(memory $main (export "memory"){index_type} {GUEST_MEMORY >> 16} 1000)' + REALLOC.format(
        p=pointer, heap=heap, align=as_i64("$align"), size=as_i64("$size"),
        forced=as_pointer("(global.get $forced)"), new=as_pointer("(local.get $new)"),
    )


def _callee(t: CoreFuncType) -> str:
    """Keeps its parameters, as the bits of i64 each, in its memory `given`; returns `answer`."""
    bits = {"i32": "(i64.extend_i32_u {})", "i64": "{}", "f32": "(i64.extend_i32_u (i32.reinterpret_f32 {}))",
            "f64": "(i64.reinterpret_f64 {})"}
    back = {"i32": "(i32.wrap_i64 {})", "i64": "{}", "f32": "(f32.reinterpret_i32 (i32.wrap_i64 {}))",
            "f64": "(f64.reinterpret_i64 {})"}
    params = "".join(f" (param {p})" for p in t.params) + "".join(f" (result {r})" for r in t.results)
    kept = "".join(
        f"(i64.store $given (i32.const {8 * i}) {bits[p].format(f'(local.get {i})')})" for i, p in enumerate(t.params)
    )
    answer = "".join(back[r].format("(global.get $answer)") for r in t.results)
    return f"""(memory $given (export "given") 1) (global $answer (export "answer") (mut i64) (i64.const 0))
      (global $calls (export "calls") (mut i32) (i32.const 0))
      (func (export "f"){params} (global.set $calls (i32.add (global.get $calls) (i32.const 1))) {kept} {answer})"""


@dataclass
class Pair:
    """The function *type* from core instance 0, the caller's, to core instance 1, the callee's; *within_one* makes them
    one component instance with one memory, all of it core instance 0's."""

    type: FuncType
    caller: PtrType = "i32"
    callee: PtrType = "i32"
    encodings: tuple[str, str] = ("utf8", "utf8")
    within_one: bool = False
    running: Running = field(init=False)

    def __post_init__(self) -> None:
        signature = Signature.of(Shapes(), self.type)
        self.given = signature.lift_type(self.callee).params
        world = World()
        app = world.component("app")
        server = app if self.within_one else world.component("server")
        text = _callee(signature.lift_type(self.callee))
        if self.within_one:
            cores = [world.core(app, f"(module {_memory_and_realloc(self.caller, HEAP)} {text})")] * 2
        else:
            cores = [
                world.core(app, f"(module {_memory_and_realloc(self.caller, HEAP)})"),
                world.core(server, f"(module {_memory_and_realloc(self.callee, HEAP)} {text})"),
            ]
        options = [
            Options(encoding, memory(core), function(core, "realloc"), pointer=pointer)
            for encoding, core, pointer in zip(self.encodings, cores, (self.caller, self.callee), strict=True)
        ]
        lifted = world.lift(server, function(cores[1], "f"), self.type, options[1])
        world.adapters(world.lower(app, lifted, options[0]))
        self.cores = cores
        self.running = world.run()

    @classmethod
    def param(
        cls, t: ValType, caller: PtrType = "i32", callee: PtrType = "i32", encodings: tuple[str, str] = ("utf8", "utf8")
    ) -> Pair:
        return cls(FuncType((("x", t),), None), caller, callee, encodings)

    @classmethod
    def result(
        cls, t: ValType, caller: PtrType = "i32", callee: PtrType = "i32", encodings: tuple[str, str] = ("utf8", "utf8")
    ) -> Pair:
        return cls(FuncType((), t), caller, callee, encodings)

    # -- the caller's side

    def call(self, *flat: float) -> object:
        return self.running.call_adapter(0, *flat)  # type: ignore[arg-type]

    def trap(self, *flat: float) -> tuple[TrapReason, str | None]:
        return self.running.trap(lambda: self.call(*flat))

    def put(self, address: int, data: bytes) -> None:
        """Into the caller's memory."""
        self.running.write(self.cores[0], address, data)

    def caller_bytes(self, address: int, length: int) -> bytes:
        return self.running.read(self.cores[0], address, length)

    # -- the callee's side

    def put_result(self, address: int, data: bytes) -> None:
        """Into the callee's memory."""
        self.running.write(self.cores[1], address, data)

    def callee_bytes(self, address: int, length: int) -> bytes:
        return self.running.read(self.cores[1], address, length)

    def answer(self, bits: int) -> None:
        """What the callee returns."""
        self._global(self.cores[1], "answer", bits)

    def force(self, pointer: int, side: int = 1) -> None:
        """What realloc returns from now on."""
        self._global(self.cores[side], "forced", pointer)

    @property
    def received(self) -> list[int]:
        """The bits of the flat values that the callee was given last."""
        data = self.running.read(self.cores[1], 0, 8 * len(self.given), "given")
        return [bits for (bits,) in struct.iter_unpack("<Q", data)]

    @property
    def calls(self) -> int:
        return int(self.running.core[self.cores[1]]["calls"].value(self.running.store))

    def reallocs(self, side: int = 1) -> list[tuple[int, int]]:
        """(alignment, size) of each so far."""
        noted = int(self.running.core[self.cores[side]]["noted"].value(self.running.store))
        data = self.running.read(self.cores[side], 0, noted, "log")
        return [(align, size) for align, size in struct.iter_unpack("<QQ", data)]

    def _global(self, core: int, name: str, value: int) -> None:
        import wasmtime

        signed = value - (1 << 64) if value >> 63 and value > 0 else value
        self.running.core[core][name].set_value(self.running.store, wasmtime.Val.i64(signed))

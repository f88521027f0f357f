"""What the functions that move strings are made of: memories, calls of realloc and of support functions, copies."""

from __future__ import annotations

from dataclasses import dataclass

from fact.adapters.scope import ModuleScope, needed
from fact.adapters.strings_text import block, support_text, utf16_tag
from fact.adapters.wat import Block
from fact.model.plan import InstanceExport, Options
from fact.model.types import CoreFuncType, CoreValType


@dataclass(frozen=True, slots=True)
class Move:
    """From a memory to another, whose realloc runs in component instance *instance*."""

    scope: ModuleScope
    source: Options
    destination: Options
    instance: int

    # -- what bodies are made of

    @property
    def source_memory(self) -> InstanceExport:
        return needed(self.source.memory, "memory")

    @property
    def destination_memory(self) -> InstanceExport:
        return needed(self.destination.memory, "memory")

    @property
    def src(self) -> str:
        return self.scope.memory(self.source_memory)

    @property
    def dst(self) -> str:
        return self.scope.memory(self.destination_memory)

    @property
    def tag(self) -> str:
        return f"{utf16_tag(self.destination.pointer):#x}"

    def allocate(self, alignment: int, size: str) -> str:
        """The block `$out` of *size* bytes, an i32."""
        return self._realloc("(@D.const 0)", "(@D.const 0)", alignment, f"(@D.extend_i32_u {size})")

    def reallocate(self, old_size: str, alignment: int, size: str) -> str:
        """`$out` to *size* bytes, an i32, from *old_size*."""
        old = f"(@D.extend_i32_u {old_size})"
        return self._realloc("(local.get $out)", old, alignment, f"(@D.extend_i32_u {size})")

    def _realloc(self, old: str, old_size: str, alignment: int, size: str) -> str:
        realloc = self.scope.realloc_helper(self.destination, self.instance)
        return f"(local.set $out (call {realloc} {old} {old_size} (i32.const {alignment}) {size} (local.get $site)))"

    def support(self, module: str, function: str, *results: CoreValType) -> str:
        """A function from source to destination: parameters source address, units, destination address."""
        s, d = self.source.pointer, self.destination.pointer
        memories = (self.source_memory, self.destination_memory)
        t = CoreFuncType((s, "i32", d), results)
        return self.scope.support(f"{module}.{s}.{d}", support_text(module, s, d), memories, function, t)

    def inflate(self) -> str:
        """The function that makes units of bytes where they are: parameters address and bytes."""
        d = self.destination.pointer
        text = support_text("inflate", d, d)
        t = CoreFuncType((d, "i32"), ())
        return self.scope.support(f"inflate.{d}", text, (self.destination_memory,), "inflate", t)

    def copy(self) -> str:
        """The function that copies bytes: parameters source address, bytes, destination address."""
        key = ("copy bytes", self.source_memory, self.destination_memory)
        return self.scope.helper(key, f"copy/{self.src[1:]}/{self.dst[1:]}", self._copy)

    def _copy(self, name: str) -> Block:
        s, d = self.source.pointer, self.destination.pointer
        return block(f"(func {name} (param $from @S) (param $bytes i32) (param $to @D)", copy_body(self), s, d)


def copy_body(move: Move) -> str:
    """Up to 64 bytes in two or four pieces that may overlap."""
    s, d = move.source.pointer, move.destination.pointer
    length = "(local.get $bytes)" if "i32" in (s, d) else "(i64.extend_i32_u (local.get $bytes))"

    def part(load: str, store: str, back: int, forth: int = 0) -> str:
        return piece(move, "$from", "$to", load, store, back, forth)

    return f"""
        (if (i32.le_u (local.get $bytes) (i32.const 16))
          (then
            (if (i32.ge_u (local.get $bytes) (i32.const 8))
              (then
                {part("i64.load", "i64.store", 0)}
                {part("i64.load", "i64.store", 8)}
                (return)))
            (if (i32.ge_u (local.get $bytes) (i32.const 4))
              (then
                {part("i32.load", "i32.store", 0)}
                {part("i32.load", "i32.store", 4)}
                (return)))
            (if (i32.ge_u (local.get $bytes) (i32.const 2))
              (then
                {part("i32.load16_u", "i32.store16", 0)}
                {part("i32.load16_u", "i32.store16", 2)}
                (return)))
            (if (local.get $bytes)
              (then
                {part("i32.load8_u", "i32.store8", 0)}))
            (return)))
        (if (i32.le_u (local.get $bytes) (i32.const 64))
          (then
            {part("v128.load", "v128.store", 0)}
            (if (i32.gt_u (local.get $bytes) (i32.const 32))
              (then
                {part("v128.load", "v128.store", 0, 16)}
                {part("v128.load", "v128.store", 32)}))
            {part("v128.load", "v128.store", 16)}
            (return)))
        (memory.copy {move.dst} {move.src} (local.get $to) (local.get $from) {length})
    """


def piece(move: Move, source: str, target: str, load: str, store: str, back: int, forth: int = 0) -> str:
    """Copies one piece of `$bytes` from the address in local *source* to that in *target*: *forth* bytes after the
    start or, if that is not 0, *back* bytes before the end."""
    src, dst = move.src, move.dst
    start, there = f"(local.get {source})", f"(local.get {target})"
    if back:
        start = f"(@S.sub (@S.add {start} (@S.extend_i32_u (local.get $bytes))) (@S.const {back}))"
        there = f"(@D.sub (@D.add {there} (@D.extend_i32_u (local.get $bytes))) (@D.const {back}))"
    offset = f" offset={forth}" if forth else ""
    return f"({store} {dst}{offset} {there} ({load} {src}{offset} {start}))"


def twice(local: str) -> str:
    return f"(i32.shl (local.get {local}) (i32.const 1))"

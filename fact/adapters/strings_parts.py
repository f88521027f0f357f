"""What the functions that move strings are made of: memories, calls of realloc, of support functions and of copies."""

from __future__ import annotations

from dataclasses import dataclass

from fact.adapters.copying import copy_helper
from fact.adapters.memory import Place, converted, narrower
from fact.adapters.scope import ModuleScope, needed
from fact.adapters.strings_text import support_text, utf16_tag
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

    def copy(self, source: str, size: str, destination: str) -> str:
        """Copies *size* bytes, an i32, from one address to another."""
        here = Place(self.src, self.source.pointer, "$ptr")
        there = Place(self.dst, self.destination.pointer, "$out")
        n = converted(size, "i32", narrower(here.type, there.type))
        return f"(call {copy_helper(self.scope, here, there)} {destination} {source} {n})"


def twice(local: str) -> str:
    return f"(i32.shl (local.get {local}) (i32.const 1))"

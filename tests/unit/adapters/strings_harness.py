"""Runs what checks and moves strings in a module of its own, between two memories and a realloc in Python."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, cast

import wasmtime

from fact.adapters import strings
from fact.adapters.function import Function, HelperSites
from fact.adapters.scope import ModuleScope
from fact.adapters.strings import check_function, move_function
from fact.adapters.strings_text import support_text
from fact.adapters.wat import Block, render, type_use
from fact.model.plan import InstanceExport, Options, SupportModule
from fact.model.syntax import Sort
from fact.model.traps import TrapReason
from fact.model.types import CoreFuncType

PAGE = 65536
SOURCE = InstanceExport(0, "source", Sort.CORE_MEMORY)
DESTINATION = InstanceExport(1, "destination", Sort.CORE_MEMORY)
REALLOC = InstanceExport(1, "realloc", Sort.CORE_FUNC)
SITE = 7


def _config() -> wasmtime.Config:
    config = wasmtime.Config()
    config.wasm_memory64 = True
    return config


ENGINE = wasmtime.Engine(_config())


@cache
def compiled(wat: str) -> wasmtime.Module:
    return wasmtime.Module(ENGINE, bytes(wasmtime.wat2wasm(wat)))


class FakeScope:
    """As much of a `ModuleScope` as strings need."""

    def __init__(self, pointers: dict[InstanceExport, str]) -> None:
        self.pointers = pointers
        self.imports: dict[object, tuple[str, str]] = {}
        self.support_modules: dict[SupportModule, int] = {}
        self.made: dict[object, str] = {}
        self.blocks: list[Block] = []
        self.inlined: dict[str, int] = {}

    trap_at = ModuleScope.trap_at

    def reallocate(
        self, options: Options, instance: int, arguments: list[str], new: str, size: str, misaligned: str, site: str
    ) -> Iterator[str]:
        old, old_size, align, new_size = arguments
        if options.pointer == "i64":
            align = f"(i32.wrap_i64 {align})"
        function = self.realloc_helper(options, instance)
        yield f"(local.set {new} (call {function} {old} {old_size} {align} {new_size} {site}))"

    def memory(self, memory: InstanceExport) -> str:
        text = f'(import "memory" "{memory.name}" (memory ${memory.name} {self.pointers[memory]} 0))'
        return self.imports.setdefault(memory, (f"${memory.name}", text))[0]

    def helper(self, key: object, name: str, build: Callable[[str], Block]) -> str:
        if key not in self.made:
            assert f"${name}" not in self.made.values(), name
            self.made[key] = f"${name}"
            self.blocks.append(build(f"${name}"))
        return self.made[key]

    def support(
        self, name: str, wat: str, memories: tuple[InstanceExport, ...], function: str, type: CoreFuncType
    ) -> str:
        number = self.support_modules.setdefault(SupportModule(name, wat, memories), len(self.support_modules))
        identifier = f"${name}.{function}"
        text = f'(import "support{number}" "{function}" (func {identifier}{type_use(type)}))'
        return self.imports.setdefault((number, function), (identifier, text))[0]

    def realloc_helper(self, options: Options, instance: int) -> str:
        p = options.pointer
        text = f'(import "realloc" "realloc" (func $realloc (param {p} {p} i32 {p} i32) (result {p})))'
        return self.imports.setdefault("realloc", ("$realloc", text))[0]

    def trap(self, reason: TrapReason, site: str) -> str:
        text = '(import "trap" "trap" (func $trap (param i32 i32)))'
        return f"(call {self.imports.setdefault('trap', ('$trap', text))[0]} (i32.const {reason.code}) {site})"


class Trapped(Exception):
    def __init__(self, reason: TrapReason, site: int) -> None:
        super().__init__(reason.value)
        self.reason, self.site = reason, site


class Memory:
    def __init__(self, store: wasmtime.Store, pointer: str, pages: int) -> None:
        kind = wasmtime.MemoryType(wasmtime.Limits(pages, None), is_64=pointer == "i64")
        self.memory = wasmtime.Memory(store, kind)
        self.store = store
        self.length = pages * PAGE

    @property
    def bytes(self) -> memoryview:
        address = ctypes.addressof(self.memory.data_ptr(self.store).contents)
        return memoryview((ctypes.c_char * self.length).from_address(address)).cast("B")


class Pair:
    """Strings from one encoding and kind of memory to another; *log* is what realloc was called with."""

    def __init__(
        self, source: tuple[str, str], destination: tuple[str, str], functions: Functions, pages: int = 1
    ) -> None:
        scope = FakeScope({SOURCE: source[1], DESTINATION: destination[1]})
        wat = module_text(scope, source, destination, functions)
        store = wasmtime.Store(ENGINE)
        self.source = Memory(store, source[1], pages)
        self.destination = Memory(store, destination[1], pages)
        memories = {SOURCE: self.source.memory, DESTINATION: self.destination.memory}
        self.log: list[tuple[int, int, int, int]] = []
        self.place: Callable[[int, int, int, int], int] = lambda *_: 0
        d = wasmtime.ValType.i32() if destination[1] == "i32" else wasmtime.ValType.i64()
        i32 = wasmtime.ValType.i32()
        environment: dict[str, Any] = {
            "memory": {"source": self.source.memory, "destination": self.destination.memory},
            "realloc": {"realloc": wasmtime.Func(store, wasmtime.FuncType([d, d, i32, d, i32], [d]), self._realloc)},
            "trap": {"trap": wasmtime.Func(store, wasmtime.FuncType([i32, i32], []), self._trap)},
        }
        for support, number in scope.support_modules.items():
            instance = wasmtime.Instance(store, compiled(support.wat), [memories[m] for m in support.memories])
            environment[f"support{number}"] = instance.exports(store)
        module = compiled(wat)
        imports = [environment[i.module][i.name] for i in module.imports]
        exports: Any = wasmtime.Instance(store, module, imports).exports(store)
        self.store = store
        self._check, self._move = exports["check"], exports["move"]
        self.source_bits = 32 if source[1] == "i32" else 64
        self.bits = 32 if destination[1] == "i32" else 64

    def _realloc(self, old: int, old_size: int, align: int, size: int, site: int) -> int:
        assert site == SITE
        mask = (1 << self.bits) - 1
        call = (old & mask, old_size & mask, align, size & mask)
        self.log.append(call)
        return self.place(*call)

    def _trap(self, reason: int, site: int) -> None:
        self.trapped = Trapped(TrapReason.from_code(reason), site)
        raise self.trapped

    def check(self, address: int, units: int) -> TrapReason | None:
        """Why the string does not pass, if it does not."""
        try:
            self._check(self.store, self._signed(address), self._signed(units), SITE)
        except (Trapped, wasmtime.WasmtimeError, wasmtime.Trap):
            assert self.trapped.site == SITE
            return self.trapped.reason
        return None

    def move(self, address: int, units: int) -> tuple[int, int]:
        """Address and units, unsigned."""
        pointer, written = self._move(self.store, self._signed(address), self._signed(units), SITE)
        return pointer & (1 << self.bits) - 1, written & (1 << self.bits) - 1

    def _signed(self, value: int) -> int:
        return value - (value >> self.source_bits - 1 << self.source_bits)


class Primitive:
    """An exported function of a support module, over a source and a destination of one page each."""

    def __init__(self, module: str, function: str, source: str, destination: str) -> None:
        self.store = wasmtime.Store(ENGINE)
        self.source = Memory(self.store, source, 1)
        self.destination = Memory(self.store, destination, 1)
        compiled_module = compiled(support_text(module, cast(Any, source), cast(Any, destination)))
        memories = [self.source.memory, self.destination.memory][: len(compiled_module.imports)]
        self.function: Any = wasmtime.Instance(self.store, compiled_module, memories).exports(self.store)[function]

    def __call__(self, *arguments: int) -> Any:
        return self.function(self.store, *arguments)


@cache
def primitive(module: str, function: str, source: str = "i32", destination: str = "i32") -> Primitive:
    return Primitive(module, function, source, destination)


def module_text(
    scope: FakeScope, source: tuple[str, str], destination: tuple[str, str], functions: Functions
) -> str:
    lifted = Options(source[0], SOURCE, pointer=cast(Any, source[1]))
    lowered = Options(destination[0], DESTINATION, REALLOC, pointer=cast(Any, destination[1]))
    check, move = functions(cast(ModuleScope, scope), lifted, lowered)
    imports = tuple(text for _, text in scope.imports.values())
    exports = (f'(export "check" (func {check}))', f'(export "move" (func {move}))')
    return "\n".join(render((Block("(module", (*imports, *scope.blocks, *exports)),)))


Functions = Callable[[ModuleScope, Options, Options], tuple[str, str]]
"""Makes a function that checks and one that moves."""


def by_function(scope: ModuleScope, source: Options, destination: Options) -> tuple[str, str]:
    return check_function(scope, source), move_function(scope, source, destination, 1)


def on_the_spot(scope: ModuleScope, source: Options, destination: Options) -> tuple[str, str]:
    s, d = source.pointer, destination.pointer
    params = f"(param $ptr {s}) (param $units {s}) (param $site i32)"
    string = ("(local.get $ptr)", "(local.get $units)", "(local.get $site)")
    check = Function(scope, HelperSites())
    scope.helper("check", "check", lambda name: check.block(
        f"(func {name} {params}", tuple(strings.check(check, source, *string))
    ))
    move = Function(scope, HelperSites())
    new = move.local("new", d), move.local("new.units", d)
    results = tuple(f"(local.get {local})" for local in new)
    scope.helper("move", "move", lambda name: move.block(
        f"(func {name} {params} (result {d} {d})",
        (*strings.move(move, source, destination, 1, *string, *new), *results),
    ))
    return "$check", "$move"


FORMS = {"by function": by_function, "on the spot": on_the_spot}


@cache
def pair(source: tuple[str, str], destination: tuple[str, str], form: str) -> Pair:
    """*form* is a key of `FORMS`."""
    return Pair(source, destination, FORMS[form])

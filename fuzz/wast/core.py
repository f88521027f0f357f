"""Core modules beside components: run by wasmtime itself, whatever engine runs the components."""

from __future__ import annotations

from collections.abc import Sequence

import wasmtime

from fact.model.traps import Trap
from fuzz.engines.base import Refusal
from fuzz.engines.native_traps import trap_from
from fuzz.validate import refusal


class CoreInstances:
    """The core instances of one script: one store, and what was registered for imports."""

    def __init__(self) -> None:
        config = wasmtime.Config()
        config.parallel_compilation = False
        self._engine = wasmtime.Engine(config)
        self._store = wasmtime.Store(self._engine)
        self._linker = wasmtime.Linker(self._engine)
        self._linker.allow_shadowing = True

    def load(self, binary: bytes) -> wasmtime.Module:
        """Raises `Refusal` (malformed, invalid, unsupported)."""
        try:
            return wasmtime.Module(self._engine, binary)
        except wasmtime.WasmtimeError as error:
            raise refusal(str(error)) from None

    def instantiate(self, module: wasmtime.Module) -> wasmtime.Instance:
        """Raises `Refusal` (unlinkable), `Trap`."""
        try:
            return self._linker.instantiate(self._store, module)
        except wasmtime.Trap as trap:
            raise trap_from(str(trap)) from None
        except wasmtime.WasmtimeError as error:
            raise _failure_to_start(str(error)) from None

    def register(self, name: str, instance: wasmtime.Instance) -> None:
        self._linker.define_instance(self._store, name, instance)

    def invoke(self, instance: wasmtime.Instance, function: str, args: Sequence[int | float]) -> list[object]:
        """The results; raises `Trap`, `KeyError` when no function has this name, `ValueError` for wrong arguments."""
        export = instance.exports(self._store)[function]
        if not isinstance(export, wasmtime.Func):
            raise KeyError(function)
        try:
            results = export(self._store, *args)
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            raise trap_from(str(error)) from None
        except (TypeError, OverflowError) as error:
            raise ValueError(str(error)) from None
        if results is None:
            return []
        return list(results) if isinstance(results, (list, tuple)) else [results]

    def get(self, instance: wasmtime.Instance, name: str) -> object:
        """The value of a global; `KeyError` when no global has this name."""
        export = instance.exports(self._store)[name]
        if not isinstance(export, wasmtime.Global):
            raise KeyError(name)
        return export.value(self._store)


def _failure_to_start(message: str) -> Refusal | Trap:
    if "wasm trap: " in message or "wasm backtrace" in message:
        return trap_from(message)
    return Refusal("unlinkable", message.strip())

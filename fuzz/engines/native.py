"""wasmtime's own component model: usually the engine under test."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import wasmtime
import wasmtime.component as wc

from fact.errors import Unsupported
from fact.model.traps import TrapReason
from fact.model.types import FuncType
from fact.model.values import Value
from fact.run.host import Host
from fuzz.engines.base import EngineInfo, Refusal
from fuzz.engines.native_raw import RawFunc, Serve, define
from fuzz.engines.native_traps import limit_in, trap_from
from fuzz.engines.native_types import Items, Other, Path, functions, items
from fuzz.engines.native_values import FuncConverters, func_converters
from fuzz.engines.supported import SUPPORTED
from fuzz.validate import compile_component, refusal
from fuzz.version import wasmtime_version

NOT_SWITCHED_ON = frozenset({"fixed-length list", "64-bit memories"})
"""What wasmtime has behind switches that the Python package lacks."""

SUPPORTS = tuple(construct for construct in SUPPORTED if construct not in NOT_SWITCHED_ON)


class NativeEngine:
    """*fuel* bounds what one call, or one instantiation, may execute; None: no bound.

    Compiles as wasmtime does by default, but on one thread, and with map types, the one construct in scope that the
    package can switch on. See `NOT_SWITCHED_ON` for those that are refused.
    """

    def __init__(self, fuel: int | None = None) -> None:
        config = wasmtime.Config()
        config.parallel_compilation = False
        config.wasm_component_model_map = True
        if fuel is not None:
            config.consume_fuel = True
        self._engine = wasmtime.Engine(config)
        self._fuel = fuel
        self.info = EngineInfo("native", wasmtime_version(), "wasmtime's own component model", SUPPORTS)

    def load(self, binary: bytes) -> NativeComponent:
        """Compiles; raises `Refusal`."""
        return NativeComponent(self._engine, compile_component(self._engine, binary), self._fuel)


class NativeComponent:
    """A compiled component."""

    def __init__(self, engine: wasmtime.Engine, component: wc.Component, fuel: int | None) -> None:
        self._engine = engine
        self._component = component
        self._fuel = fuel
        self._found: dict[str, tuple[FuncConverters, wc.ExportIndex]] = {}

    @cached_property
    def imports(self) -> Items:
        return items(self._component.type.imports(self._engine), self._engine)

    @cached_property
    def exports(self) -> dict[str, FuncType | Other]:
        """By path, the parts joined by `#`."""
        tree = items(self._component.type.exports(self._engine), self._engine)
        return {"#".join(path): item for path, item in functions(tree).items()}

    def instantiate(self, host: Host) -> NativeInstance:
        """Raises `Trap`, and `Refusal` (unlinkable, unsupported)."""
        calls = _HostCalls(host)
        linker = wc.Linker(self._engine)
        with linker.root() as root:
            calls.define_all(root, self.imports, ())
        store = wasmtime.Store(self._engine)
        self.refuel(store)
        try:
            instance = linker.instantiate(store, self._component)
        except wasmtime.WasmtimeError as error:
            raise calls.taken() or _failure_to_start(str(error)) from None
        return NativeInstance(self, store, instance, calls)

    def find(self, path: str) -> tuple[FuncConverters, wc.ExportIndex]:
        """`KeyError` for an unknown export, `fact.errors.Unsupported` for one that is no function of values."""
        if path not in self._found:
            self._found[path] = self._find(path)
        return self._found[path]

    def _find(self, path: str) -> tuple[FuncConverters, wc.ExportIndex]:
        type = self.exports[path]
        if isinstance(type, Other):
            raise Unsupported(f"call of export {path}: {type.construct}")
        index: wc.ExportIndex | None = None
        for name in path.split("#"):
            index = self._component.get_export_index(name, index)
        assert index is not None, f"{path} has a type but no index"
        return func_converters(type), index

    def refuel(self, store: wasmtime.Store) -> None:
        if self._fuel is not None:
            store.set_fuel(self._fuel)


class NativeInstance:
    """An instance in a store of its own.

    Whether it may still be entered after a trap is left to wasmtime to say, so that this is tested too.
    """

    def __init__(
        self, component: NativeComponent, store: wasmtime.Store, instance: wc.Instance, host_calls: _HostCalls
    ) -> None:
        self._component = component
        self._store = store
        self._instance = instance
        self._host_calls = host_calls
        self._functions: dict[str, RawFunc] = {}

    def invoke(self, function: str, args: Sequence[Value]) -> Value | None:
        """As `fuzz.engines.base.Running`; `ValueError` when *args* do not fit the function's type,
        `fact.errors.Unsupported` for an async function, one with resources, and more data than wasmtime moves."""
        call = self._functions.get(function) or self._resolve(function)
        self._component.refuel(self._store)
        try:
            return call(args)
        except wasmtime.WasmtimeError as error:
            raise self._host_calls.taken() or _failure(str(error)) from None

    def _resolve(self, function: str) -> RawFunc:
        converters, index = self._component.find(function)
        found = self._instance.get_func(self._store, index)
        if found is None:
            raise KeyError(function)
        self._functions[function] = RawFunc(found, self._store, converters)
        return self._functions[function]


class _HostCalls:
    """The host's functions as one store's instances call them, and what the host raised in the latest call.

    Refers to no instance and no store: reference counts alone then free a store as soon as its case is over.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._raised: BaseException | None = None
        self._callbacks: list[object] = []

    def define_all(self, linker: wc.LinkerInstance, imports: Items, prefix: Path) -> None:
        """Raises `Refusal` for an import that is neither a function of values nor an instance of them."""
        for name, item in imports.items():
            path = (*prefix, name)
            match item:
                case FuncType():
                    server = self._server(path, item)
                    self._callbacks.append(define(linker, name, func_converters(item), server, self._note))
                case Other():
                    raise Refusal("unsupported" if item.is_function else "unlinkable",
                                  f"import {'#'.join(path)}: the host provides no {item.construct}")
                case dict():
                    with linker.add_instance(name) as inner:
                        self.define_all(inner, item, path)

    def taken(self) -> BaseException | None:
        error, self._raised = self._raised, None
        return error

    def _server(self, path: Path, type: FuncType) -> Serve:
        return lambda args: self._host(path, type, args)

    def _note(self, error: BaseException) -> None:
        self._raised = error


def _failure(message: str) -> Exception:
    limit = limit_in(message)
    return trap_from(message) if limit is None else Unsupported(limit)


def _failure_to_start(message: str) -> Exception:
    if message.startswith("component imports "):
        return Refusal("unlinkable", message.strip())
    if limit_in(message):
        return Refusal("unsupported", message.strip())
    trap = trap_from(message)
    if trap.reason is not TrapReason.UNMAPPED or "wasm trap: " in message or "wasm backtrace" in message:
        return trap
    refused = refusal(message)
    return refused if refused.kind == "unsupported" else trap

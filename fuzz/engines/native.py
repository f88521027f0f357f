"""wasmtime's own component model: usually the engine under test."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TypeAlias, TypeVar

import wasmtime
import wasmtime.component as wc

from fact.errors import Unsupported
from fact.link import Environment
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import BadHandle, Handle, Value
from fact.run.host import DroppingHost, Host
from fuzz.engines.base import NOTHING, EngineInfo, Refusal
from fuzz.engines.native_handles import HostHandles
from fuzz.engines.native_raw import HandlesFunc, RawFunc, Serve, define, define_resource
from fuzz.engines.native_traps import limit_in, trap_from
from fuzz.engines.native_types import (
    HostTypes,
    Items,
    ModuleItem,
    Other,
    Path,
    ResourceItem,
    by_path,
    host_types,
    items,
)
from fuzz.engines.native_value_types import ResourceTypes
from fuzz.engines.native_values import FuncConverters, func_converters
from fuzz.engines.supported import SUPPORTED
from fuzz.validate import compile_component, refusal
from fuzz.version import wasmtime_version

NOT_SWITCHED_ON = frozenset({"list of fixed length", "64-bit memories", "context.get, context.set: slot 1, i64"})
"""What wasmtime has behind switches that the Python package lacks."""

NOT_IMPLEMENTED = frozenset({"components imported by the root"})

SUPPORTS = tuple(construct for construct in SUPPORTED if construct not in NOT_SWITCHED_ON | NOT_IMPLEMENTED)

NativeFunc: TypeAlias = RawFunc | HandlesFunc
T = TypeVar("T")


class NativeEngine:
    """*fuel* bounds what one call, or one instantiation, may execute; None: no bound.

    Compiles as wasmtime does by default, but on one thread, and with map types and `implements`, which the package can
    switch on. See `NOT_SWITCHED_ON` for those that are refused.
    """

    def __init__(self, fuel: int | None = None) -> None:
        config = wasmtime.Config()
        config.parallel_compilation = False
        config.wasm_component_model_map = True
        config.wasm_component_model_implements = True
        if fuel is not None:
            config.consume_fuel = True
        self._engine = wasmtime.Engine(config)
        self._fuel = fuel
        self.info = EngineInfo("native", wasmtime_version(), "wasmtime's own component model", SUPPORTS)

    def load(self, binary: bytes, environment: Environment = NOTHING) -> NativeComponent:
        """Compiles; raises `Refusal`."""
        return NativeComponent(self._engine, compile_component(self._engine, binary), self._fuel, environment)


class NativeComponent:
    """A compiled component."""

    def __init__(
        self, engine: wasmtime.Engine, component: wc.Component, fuel: int | None, environment: Environment
    ) -> None:
        self._engine = engine
        self._component = component
        self._fuel = fuel
        self._environment = environment
        self._resource_types = ResourceTypes()
        self._found: dict[str, FuncConverters] = {}

    @cached_property
    def imports(self) -> Items:
        return items(self._component.type.imports(self._engine), self._engine, self._resource_types)

    @cached_property
    def exports(self) -> dict[str, FuncType | Other]:
        """The functions by path, the parts joined by `#`."""
        externs = self._component.type.exports(self._engine)
        found = by_path(items(externs, self._engine, self._resource_types))
        return {"#".join(path): item for path, item in found.items() if isinstance(item, FuncType | Other)}

    @cached_property
    def host_types(self) -> HostTypes:
        return host_types(self.imports, self._environment.same_resource)

    @cached_property
    def modules(self) -> dict[Path, wasmtime.Module]:
        return {path: wasmtime.Module(self._engine, m.binary) for path, m in self._environment.modules.items()}

    def instantiate(self, host: Host) -> NativeInstance:
        """Raises `Trap`, and `Refusal` (unlinkable, unsupported)."""
        store = wasmtime.Store(self._engine)
        handles = HostHandles(ctypes.addressof(store._context().contents), self.host_types.identifiers)
        calls = _HostCalls(host, handles)
        linker = wc.Linker(self._engine)
        with linker.root() as root:
            calls.define_all(root, self, self.imports, ())
        self.refuel(store)
        try:
            instance = linker.instantiate(store, self._component)
        except wasmtime.WasmtimeError as error:
            raise calls.taken() or _failure_to_start(str(error)) from None
        return NativeInstance(self, store, instance, calls, handles)

    def func(self, path: str, instance: wc.Instance, store: wasmtime.Store, handles: HostHandles) -> NativeFunc:
        """`KeyError` for an unknown export, `fact.errors.Unsupported` for a function that cannot be called."""
        type = self.exports[path]
        if isinstance(type, Other):
            raise Unsupported(f"call of export {path}: {type.construct}")
        index: wc.ExportIndex | None = None
        for name in path.split("#"):
            index = self._component.get_export_index(name, index)
        assert index is not None, f"{path} has a type but no index"
        found = instance.get_func(store, index)
        if found is None:
            raise KeyError(path)
        if type.has_handles:
            return HandlesFunc(RawFunc(found, store, func_converters(type, handles)), handles)
        return RawFunc(found, store, self._converters(path, type))

    def _converters(self, path: str, type: FuncType) -> FuncConverters:
        """Those of a type without handles serve every instance."""
        if path not in self._found:
            self._found[path] = func_converters(type)
        return self._found[path]

    def refuel(self, store: wasmtime.Store) -> None:
        if self._fuel is not None:
            store.set_fuel(self._fuel)


class NativeInstance:
    """An instance in a store of its own.

    Whether it may still be entered after a trap is left to wasmtime to say, so that this is tested too.
    """

    def __init__(
        self, component: NativeComponent, store: wasmtime.Store, instance: wc.Instance, host_calls: _HostCalls,
        handles: HostHandles,
    ) -> None:
        self._component = component
        self._store = store
        self._instance = instance
        self._host_calls = host_calls
        self._handles = handles
        self._functions: dict[str, NativeFunc] = {}
        self._ended = False

    def invoke(self, function: str, args: Sequence[Value]) -> Value | None:
        """As `fuzz.engines.base.Running`; `fact.errors.Unsupported` for an async function, and more data than wasmtime
        moves."""
        call = self._functions.get(function) or self._resolve(function)
        return self._run(lambda: call(args))

    def drop(self, handle: Handle) -> None:
        """As `fuzz.engines.base.Running`. That nothing can be dropped after a trap is ours: wasmtime would drop what
        has no destructor."""
        if self._ended:
            raise Trap(TrapReason.CANNOT_ENTER)
        self._run(lambda: self._handles.drop(handle))

    def _run(self, call: Callable[[], T]) -> T:
        self._component.refuel(self._store)
        try:
            return call()
        except wasmtime.WasmtimeError as error:
            self._ended = True
            raise self._host_calls.taken() or _failure(str(error)) from None
        except BadHandle as bad:
            raise (Trap(TrapReason.CANNOT_ENTER) if self._ended else bad) from None

    def _resolve(self, function: str) -> NativeFunc:
        found = self._component.func(function, self._instance, self._store, self._handles)
        self._functions[function] = found
        return found


class _HostCalls:
    """The host's functions and resources as one store's instances see them, and what the host raised last.

    Refers to no instance and no store: reference counts alone then free a store as soon as its case is over.
    """

    def __init__(self, host: Host, handles: HostHandles) -> None:
        self._host = host
        self._handles = handles
        self._raised: BaseException | None = None
        self._callbacks: list[object] = []

    def define_all(self, linker: wc.LinkerInstance, component: NativeComponent, imports: Items, prefix: Path) -> None:
        """Raises `Refusal` for an import that nothing is provided for."""
        for name, item in imports.items():
            path = (*prefix, name)
            match item:
                case FuncType():
                    converters = func_converters(item, self._handles)
                    self._callbacks.append(define(linker, name, converters, self._server(path, item), self._note))
                case ResourceItem(number):
                    types = component.host_types
                    dropped = self._dropper(types.paths[number])
                    identifier = types.identifiers[number]
                    self._callbacks.append(define_resource(linker, name, identifier, dropped, self._note))
                case ModuleItem() if path in component.modules:
                    linker.add_module(name, component.modules[path])
                case ModuleItem():
                    raise Refusal("unlinkable", f"import {'#'.join(path)}: the host provides no core module")
                case Other(construct):
                    raise Refusal("unsupported", f"import {'#'.join(path)}: the host provides no {construct}")
                case dict():
                    with linker.add_instance(name) as inner:
                        self.define_all(inner, component, item, path)

    def taken(self) -> BaseException | None:
        error, self._raised = self._raised, None
        return error

    def _server(self, path: Path, type: FuncType) -> Serve:
        return lambda args: self._host(path, type, args)

    def _dropper(self, path: Path) -> Callable[[int], None]:
        host = self._host
        return lambda number: host.drop(path, number) if isinstance(host, DroppingHost) else None

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

"""The part of wasmtime's C API that a case spends its time in, called without the package's conversions.

The only place that touches the package's private bindings. Core values travel through arrays of 16-byte slots, packed
and unpacked by one `struct` call; signatures are known beforehand and not looked up again, so that a wrong one corrupts
memory: `fact.run.derive` checks them.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from struct import Struct
from typing import TypeAlias

from wasmtime import Config, Engine, FuncType, GlobalType, Module, Store, Trap, ValType, WasmtimeError, _ffi

from fact.abi import CoreFunc, CoreValue, CoreWebAssemblyException
from fact.errors import Unsupported
from fact.model import traps
from fact.model.types import CoreFuncType, CoreValType, PtrType
from fact.run.traps import trap_of

Extern: TypeAlias = _ffi.wasmtime_extern_t

MAX_NESTING = 300
"""How many Python callbacks may be active in one store at a time; the next one raises `Unsupported`."""

RECURSION_LIMIT = 5000
"""Room for that many callbacks. A callback for which Python has no frame left would not be run, and nobody told."""

sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION_LIMIT))

_pointer, _size = ctypes.c_void_p, ctypes.c_size_t
_int_of = ctypes.addressof


def _function(name: str, result: type | None, *params: type) -> Callable[..., int]:
    return ctypes.CFUNCTYPE(result, *params)((name, _ffi.dll))


_func_call = _function("wasmtime_func_call_unchecked", _pointer, _pointer, _pointer, _pointer, _size, _pointer)
_func_new = _function("wasmtime_func_new_unchecked", None, *[_pointer] * 6)
_trap_new = _function("wasmtime_trap_new", _size, ctypes.c_char_p, _size)
_memory_data = _function("wasmtime_memory_data", _pointer, _pointer, _pointer)
_memory_data_size = _function("wasmtime_memory_data_size", _size, _pointer, _pointer)
_global_new = _function("wasmtime_global_new", _pointer, _pointer, _pointer, _pointer, _pointer)
_global_get = _function("wasmtime_global_get", None, _pointer, _pointer, _pointer)
_global_set = _function("wasmtime_global_set", _pointer, _pointer, _pointer, _pointer)
_instance_new = _function(
    "wasmtime_instance_new", _pointer, _pointer, _pointer, _pointer, _size, _pointer, _pointer
)
_export_get = _function(
    "wasmtime_instance_export_get", ctypes.c_bool, _pointer, _pointer, ctypes.c_char_p, _size, _pointer
)
_has_exception = _function("wasmtime_context_has_exception", ctypes.c_bool, _pointer)
_take_exception = _function("wasmtime_context_take_exception", ctypes.c_bool, _pointer, _pointer)
_table_set = _function("wasmtime_table_set", _pointer, _pointer, _pointer, ctypes.c_uint64, _pointer)
_exnref_unroot = _function("wasmtime_exnref_unroot", None, _pointer)
_set_fuel = _function("wasmtime_context_set_fuel", _pointer, _pointer, ctypes.c_uint64)
_SINGLE_PASS = 1  # the package's enum counts from 1, the C header from 0
_Callback = ctypes.CFUNCTYPE(_size, _pointer, _pointer, _pointer, _size)


def use_single_pass_register_allocation(config: Config) -> None:
    _ffi.wasmtime_config_cranelift_regalloc_algorithm_set(config.ptr(), _SINGLE_PASS)


def set_stack_size(config: Config, size: int) -> None:
    """Wasmtime wants the stack of its fibers, which are not used here, to be no smaller."""
    _ffi.wasmtime_config_async_stack_size_set(config.ptr(), size)
    config.max_wasm_stack = size


# -- signatures

_SLOTS: dict[CoreValType, str] = {"i32": "I12x", "i64": "Q8x", "f32": "f12x", "f64": "d8x"}
_VAL_TYPES: dict[CoreValType, Callable[[], ValType]] = {
    "i32": ValType.i32, "i64": ValType.i64, "f32": ValType.f32, "f64": ValType.f64,
}


class Signature:
    """A core function type of numbers only, ready for calls both ways."""

    __slots__ = ("_types", "array", "params", "results", "slots", "type")

    def __init__(self, type: CoreFuncType) -> None:
        self.type = type
        self.params = Struct("<" + "".join(_SLOTS[t] for t in type.params))
        self.results = Struct("<" + "".join(_SLOTS[t] for t in type.results))
        self.slots = max(len(type.params), len(type.results))
        self.array = ctypes.c_char * max(16, 16 * self.slots)
        self._types: dict[Engine, FuncType] = {}

    def in_engine(self, engine: Engine) -> FuncType:
        """One for each engine: a type takes root in the first that it is used with, and another one aborts on it."""
        if (type := self._types.get(engine)) is None:
            params, results = ([_VAL_TYPES[t]() for t in ts] for ts in (self.type.params, self.type.results))
            type = self._types[engine] = FuncType(params, results)
        return type


@lru_cache(maxsize=1024)
def signature(type: CoreFuncType) -> Signature:
    return Signature(type)


# -- stores


class CallState:
    """What the calls into and out of one store share."""

    __slots__ = ("context", "nesting", "pending", "trap", "trap_slot")

    def __init__(self, context: int) -> None:
        self.context = context
        self.nesting = 0
        self.pending: BaseException | None = None
        """What a callback raised, on its way through the core code between here and the call that receives it."""
        self.trap = _pointer()
        self.trap_slot = _int_of(self.trap)

    def failure(self, error: int | None) -> BaseException:
        """Why a call failed: what a callback raised, else what the core code did. *error* is wasmtime's, if any."""
        pending, self.pending = self.pending, None
        trap_address, self.trap.value = self.trap.value, None
        message, code = "", None
        if error:
            message = str(wasmtime_error(error))
        if trap_address:
            trap = Trap._from_ptr(ctypes.cast(trap_address, ctypes.POINTER(_ffi.wasm_trap_t)))
            if pending is None:
                message, code = trap.message, trap.trap_code
        thrown = bool(_has_exception(self.context))
        if thrown:
            self._drop_exception()
        if pending is not None:
            return pending
        if thrown and code is None:
            return CoreWebAssemblyException()
        return trap_of(None if code is None else code.value, message)

    def _drop_exception(self) -> None:
        exception = _ffi.wasmtime_exnref_t()
        _take_exception(self.context, _int_of(exception))
        _exnref_unroot(_int_of(exception))


def wasmtime_error(address: int) -> WasmtimeError:
    return WasmtimeError._from_ptr(ctypes.cast(address, ctypes.POINTER(_ffi.wasmtime_error_t)))


class CoreStore:
    """A wasmtime store. What lives in it holds on to `state` only: this object alone keeps the store alive."""

    __slots__ = ("_callbacks", "_engine", "_store", "state")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._store = Store(engine)
        self._callbacks: list[ctypes._FuncPointer] = []
        self.state = CallState(ctypes.cast(self._store._context(), _pointer).value or 0)

    def set_fuel(self, units: int) -> None:
        if error := _set_fuel(self.state.context, units):
            raise wasmtime_error(error)

    def host_function(self, function: CoreFunc, type: Signature) -> Extern:
        """A core function that runs *function*; whatever that raises comes out of the call into the store."""
        callback = _callback(self.state, function, type)
        self._callbacks.append(callback)
        extern, own = Extern(_ffi.WASMTIME_EXTERN_FUNC), type.in_engine(self._engine).ptr()
        _func_new(
            self.state.context, ctypes.cast(own, _pointer), ctypes.cast(callback, _pointer), None, None,
            _int_of(extern.of),
        )
        return extern

    def instantiate(self, module: Module, imports: Sequence[Extern]) -> CoreInstance:
        """Raises what the start function or a segment raises; `WasmtimeError` when the imports do not fit."""
        state = self.state
        instance = _ffi.wasmtime_instance_t()
        error = _instance_new(
            state.context, ctypes.cast(module.ptr(), _pointer), (Extern * len(imports))(*imports), len(imports),
            _int_of(instance), state.trap_slot,
        )
        if error and state.pending is None and not _has_exception(state.context):
            raise wasmtime_error(error)
        if error or state.trap.value:
            raise state.failure(error)
        return CoreInstance(state, instance)


def _callback(state: CallState, function: CoreFunc, type: Signature) -> ctypes._FuncPointer:
    unpack, pack, at = type.params.unpack_from, type.results.pack_into, type.array.from_address

    def callback(_env: int, _caller: int, address: int, _slots: int) -> int:
        state.nesting += 1
        try:
            if state.nesting > MAX_NESTING:
                raise Unsupported(f"more than {MAX_NESTING} calls through Python within each other")
            slots = at(address)
            pack(slots, 0, *function(unpack(slots)))
            return 0
        except RecursionError:
            state.pending = traps.Trap(traps.TrapReason.STACK_OVERFLOW)
        except BaseException as raised:
            state.pending = raised
        finally:
            state.nesting -= 1
        return _trap_new(b"callback", 8)

    return _Callback(callback)


class CoreInstance:
    """An instance of a core module."""

    __slots__ = ("_exports", "_instance", "_state")

    def __init__(self, state: CallState, instance: _ffi.wasmtime_instance_t) -> None:
        self._state = state
        self._instance = instance
        self._exports: dict[str, Extern] = {}

    def export(self, name: str) -> Extern:
        """`KeyError` for an unknown name."""
        if (extern := self._exports.get(name)) is None:
            extern, encoded = Extern(), name.encode()
            if not _export_get(self._state.context, _int_of(self._instance), encoded, len(encoded), _int_of(extern)):
                raise KeyError(name)
            self._exports[name] = extern
        return extern


# -- functions, memories, globals


def core_function(state: CallState, extern: Extern, type: Signature) -> CoreFunc:
    """Calls the function *extern*, which is of type *type*. The slots are free again once the callee has begun, and
    taken again only when it has returned: one array serves nested calls too."""
    slots = type.array()
    pack, unpack, count = type.params.pack_into, type.results.unpack_from, type.slots
    context, function, address, trap, trap_slot = (
        state.context, _int_of(extern.of), _int_of(slots), state.trap, state.trap_slot
    )

    def call(args: Sequence[CoreValue]) -> tuple[CoreValue, ...]:
        pack(slots, 0, *args)
        error = _func_call(context, function, address, count, trap_slot)
        if error or trap.value:
            raise state.failure(error)
        return unpack(slots)

    call.__dict__["extern"] = extern  # its address is all that `call` itself holds
    return call


class CoreMemory:
    """A linear memory. `len` looks whether it has grown; slices are of the bytes last seen."""

    __slots__ = ("_bytes", "_context", "_extern", "_length", "_memory", "ptr_type")

    def __init__(self, state: CallState, extern: Extern, ptr_type: PtrType) -> None:
        self.ptr_type: PtrType = ptr_type
        self._context = state.context
        self._extern = extern
        self._memory = _int_of(extern.of)
        self._length = 0
        self._bytes = memoryview(b"")

    def __len__(self) -> int:
        length = _memory_data_size(self._context, self._memory)
        if length != self._length:
            address = _memory_data(self._context, self._memory)
            self._bytes = memoryview((ctypes.c_ubyte * length).from_address(address)).cast("B")
            self._length = length
        return length

    def __getitem__(self, key: slice, /) -> memoryview:
        return self._bytes[key]

    def __setitem__(self, key: slice, value: bytes, /) -> None:
        self._bytes[key] = value


_FLAG_TYPE = GlobalType(ValType.i32(), True)


class CoreFlag:
    """A mutable i32 global that is 1 or 0; 0 until it is set."""

    __slots__ = ("_context", "_global", "_value", "extern")

    def __init__(self, store: CoreStore) -> None:
        self._context = store.state.context
        self._value = _ffi.wasmtime_val_t(_ffi.WASMTIME_I32)
        self.extern = Extern(_ffi.WASMTIME_EXTERN_GLOBAL)
        self._global = _int_of(self.extern.of)
        _global_new(self._context, ctypes.cast(_FLAG_TYPE.ptr(), _pointer), _int_of(self._value), self._global)

    def get(self) -> bool:
        _global_get(self._context, self._global, _int_of(self._value))
        return self._value.of.i32 != 0

    def set(self, value: bool) -> None:
        self._value.of.i32 = int(value)
        _global_set(self._context, self._global, _int_of(self._value))


class CoreGlobal:
    """A mutable global of type *type*, i32 or i64, read and written unsigned; 0 until it is set."""

    __slots__ = ("_bits", "_context", "_field", "_global", "_value", "extern")

    def __init__(self, store: CoreStore, type: CoreValType) -> None:
        self._context = store.state.context
        self._value = _ffi.wasmtime_val_t(_ffi.WASMTIME_I64 if type == "i64" else _ffi.WASMTIME_I32)
        self._field, self._bits = type, 64 if type == "i64" else 32
        self.extern = Extern(_ffi.WASMTIME_EXTERN_GLOBAL)
        self._global = _int_of(self.extern.of)
        global_type = GlobalType(_VAL_TYPES[type](), True)
        _global_new(self._context, ctypes.cast(global_type.ptr(), _pointer), _int_of(self._value), self._global)

    def get(self) -> int:
        _global_get(self._context, self._global, _int_of(self._value))
        return int(getattr(self._value.of, self._field)) & ((1 << self._bits) - 1)

    def set(self, value: int) -> None:
        setattr(self._value.of, self._field, value)
        _global_set(self._context, self._global, _int_of(self._value))


def set_element(state: CallState, table: Extern, index: int, function: Extern) -> None:
    """Puts *function* into element *index* of *table*, which has one and is a table of functions."""
    value = _ffi.wasmtime_val_t(_ffi.WASMTIME_FUNCREF)
    value.of.funcref = function.of.func
    if error := _table_set(state.context, _int_of(table.of), index, _int_of(value)):
        raise wasmtime_error(error)

"""Calls across the host's boundary of wasmtime by way of its C structures.

`wasmtime.component.Func` derives the function's type anew for every call, which costs eight times the call.
This is the only file that touches wasmtime's private bindings.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import wasmtime
import wasmtime.component
from wasmtime import _bindings, _ffi

from fact.model.types import INTEGER_RANGES, FuncType, Prim, ValType
from fact.model.values import Value, check_value

Serve = Callable[[tuple[Value, ...]], Value | None]


def is_async(function: wasmtime.component.FuncType) -> bool:
    return _ffi.wasmtime_component_func_type_async(function.ptr())


class RawFunc:
    """A function of one instance, with room for its arguments and its result, for scalar types."""

    def __init__(self, function: wasmtime.component.Func, store: wasmtime.Store, type: FuncType) -> None:
        self.type = type
        self._keep = (function, store)
        self._context = store._context()
        self._function = ctypes.byref(function._func)
        self._arguments = (_ffi.wasmtime_component_val_t * len(type.params))()
        self._slots = [_Slot(t, self._arguments[i]) for i, t in enumerate(type.param_types)]
        self._result = _ffi.wasmtime_component_val_t()
        self._result_slot = None if type.result is None else _Slot(type.result, self._result)

    def __call__(self, args: Sequence[Value]) -> Value | None:
        """Raises `ValueError` when *args* do not fit the type, `wasmtime.WasmtimeError` when the call traps."""
        if len(args) != len(self._slots):
            raise ValueError(f"{len(args)} arguments given to {self.type}")
        for slot, value in zip(self._slots, args, strict=True):
            slot.put(value)
        error = _bindings._wasmtime_component_func_call(
            self._function, self._context, self._arguments, len(self._slots),
            ctypes.byref(self._result), 0 if self._result_slot is None else 1)
        if error:
            raise wasmtime.WasmtimeError._from_ptr(error)
        return None if self._result_slot is None else self._result_slot.get()


def define(
    linker: wasmtime.component.LinkerInstance, name: str, type: FuncType, serve: Serve,
    failed: Callable[[BaseException], None],
) -> object:
    """Defines host function *name*; what *serve* raises goes to *failed*, and the guest traps.

    The object returned has to live as long as any store whose instances may call the function.
    """
    def called(_data: Any, _context: Any, _type: Any, arguments: Any, count: int, results: Any, _results: int) -> Any:
        try:
            result = serve(tuple(_value(t, arguments[i].of) for i, t in zip(range(count), types, strict=True)))
            if type.result is not None:
                _Slot(type.result, results[0]).put(result)
            elif result is not None:
                raise ValueError(f"{result!r} returned by the host's {name}: {type}")
        except BaseException as error:
            failed(error)
            return ctypes.cast(_ffi.wasmtime_error_new(b"trap of the host"), ctypes.c_void_p).value
        return 0

    types = type.param_types
    callback = _ffi.wasmtime_component_func_callback_t(called)
    encoded = name.encode()
    error = _ffi.wasmtime_component_linker_instance_add_func(
        linker.ptr(), ctypes.create_string_buffer(encoded), len(encoded), callback, None, _NO_FINALIZER)
    if error:
        raise wasmtime.WasmtimeError._from_ptr(error)
    return callback


_NO_FINALIZER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)()

_FIELDS: dict[ValType, tuple[int, str]] = {
    Prim.BOOL: (_ffi.WASMTIME_COMPONENT_BOOL.value, "boolean"),
    Prim.S8: (_ffi.WASMTIME_COMPONENT_S8.value, "s8"),
    Prim.U8: (_ffi.WASMTIME_COMPONENT_U8.value, "u8"),
    Prim.S16: (_ffi.WASMTIME_COMPONENT_S16.value, "s16"),
    Prim.U16: (_ffi.WASMTIME_COMPONENT_U16.value, "u16"),
    Prim.S32: (_ffi.WASMTIME_COMPONENT_S32.value, "s32"),
    Prim.U32: (_ffi.WASMTIME_COMPONENT_U32.value, "u32"),
    Prim.S64: (_ffi.WASMTIME_COMPONENT_S64.value, "s64"),
    Prim.U64: (_ffi.WASMTIME_COMPONENT_U64.value, "u64"),
    Prim.F32: (_ffi.WASMTIME_COMPONENT_F32.value, "f32"),
    Prim.F64: (_ffi.WASMTIME_COMPONENT_F64.value, "f64"),
    Prim.CHAR: (_ffi.WASMTIME_COMPONENT_CHAR.value, "character"),
}
"""The tag of a type in `wasmtime_component_val_t`, and the member of its union."""


_NOTHING = (1, 0)


class _Slot:
    """One `wasmtime_component_val_t` that holds values of one type."""

    def __init__(self, t: ValType, place: Any) -> None:
        place.kind, self._member = _FIELDS[t]
        self._type = t
        self._union = place.of
        self._low, self._high = INTEGER_RANGES.get(t, _NOTHING) if isinstance(t, Prim) else _NOTHING

    def put(self, value: object) -> None:
        if type(value) is int and self._low <= value <= self._high:
            setattr(self._union, self._member, value)
            return
        checked = check_value(self._type, value)
        setattr(self._union, self._member, ord(checked) if isinstance(checked, str) else checked)

    def get(self) -> Value:
        return _value(self._type, self._union)


def _value(t: ValType, union: Any) -> Value:
    value: Value = getattr(union, _FIELDS[t][1])
    return chr(int(value)) if t is Prim.CHAR else value

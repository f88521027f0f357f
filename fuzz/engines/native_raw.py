"""Calls across the host's boundary of wasmtime by way of its C structures.

`wasmtime.component.Func` derives the function's type anew for every call, which costs eight times the call.

Who owns what: wasmtime copies the arguments of a call before it runs anything; its result is the caller's to delete.
The arguments of a host function are wasmtime's, which deletes them when the function returns; its result becomes
wasmtime's, which deletes it too, so that it has to lie in memory from wasmtime's own allocator: `val_clone` makes such
a copy.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import wasmtime
import wasmtime.component

from fact.model.values import Value, check_value
from fuzz.engines.native_converter import MISFITS
from fuzz.engines.native_handles import HostHandles
from fuzz.engines.native_layout import SIZE, Kind
from fuzz.engines.native_library import ADDRESS, ERROR, WORD, function
from fuzz.engines.native_memory import Arena
from fuzz.engines.native_values import FuncConverters

Serve = Callable[[tuple[Value, ...]], Value | None]


_call = function("wasmtime_component_func_call", ERROR, ADDRESS, ADDRESS, ADDRESS, WORD, ADDRESS, WORD)
_val_delete = function("wasmtime_component_val_delete", None, ADDRESS)
_val_clone = function("wasmtime_component_val_clone", None, ADDRESS, ADDRESS)
_error_new = function("wasmtime_error_new", ADDRESS, ctypes.c_char_p)
_Callback = ctypes.CFUNCTYPE(ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, WORD, ADDRESS, WORD)
_add_func = function("wasmtime_component_linker_instance_add_func", ERROR,
                     ADDRESS, ctypes.c_char_p, WORD, _Callback, ADDRESS, ADDRESS)
_Destructor = ctypes.CFUNCTYPE(ADDRESS, ADDRESS, ADDRESS, ctypes.c_uint32)
_add_resource = function("wasmtime_component_linker_instance_add_resource", ERROR,
                         ADDRESS, ctypes.c_char_p, WORD, ADDRESS, _Destructor, ADDRESS, ADDRESS)


class RawFunc:
    """A function of one instance, with room for its arguments and its result."""

    def __init__(
        self, function: wasmtime.component.Func, store: wasmtime.Store, converters: FuncConverters
    ) -> None:
        self.type = converters.type
        self._keep = (function, store)
        self._context = store._context()
        self._function = ctypes.byref(function._func)
        self._params = converters.params
        self._puts = [param.put for param in converters.params]
        self._arguments = (ctypes.c_char * (len(self._params) * SIZE))()
        self._arguments_view = memoryview(self._arguments).cast("B")
        self._result = (ctypes.c_char * SIZE)()
        self._result_view = memoryview(self._result).cast("B")
        self._result_type = converters.result
        self._result_count = 0 if converters.result is None else 1

    def __call__(self, args: Sequence[Value]) -> Value | None:
        """Raises `ValueError` when *args* do not fit the type, `wasmtime.WasmtimeError` when the call traps."""
        if len(args) != len(self._params):
            raise ValueError(f"{len(args)} arguments given to {self.type}")
        arena = Arena()
        try:
            data = b"".join([put(value, arena) for put, value in zip(self._puts, args, strict=True)])
        except MISFITS:
            data = b"".join([param.bytes_of(value, arena) for param, value in zip(self._params, args, strict=True)])
        self._arguments_view[:] = data
        error = _call(self._function, self._context, self._arguments, len(self._params),
                      self._result, self._result_count)
        if error:
            raise wasmtime.WasmtimeError._from_ptr(error)
        return None if self._result_type is None else self._take_result()

    def _take_result(self) -> Value:
        assert self._result_type is not None
        value = self._result_type.get(self._result_view, 0)
        if self._result_type.pointing:
            _val_delete(self._result)
            self._result_view[0] = Kind.BOOL  # wasmtime deletes what it finds here when it writes the next result
        return value


class HandlesFunc:
    """A function of one instance that takes or returns handles."""

    def __init__(self, raw: RawFunc, handles: HostHandles) -> None:
        self._raw = raw
        self._handles = handles

    def __call__(self, args: Sequence[Value]) -> Value | None:
        """As `RawFunc`; raises `BadHandle` too, for what is no handle of the host's."""
        types = self._raw.type.param_types
        checked = [check_value(t, v) for t, v in zip(types, args, strict=True)] if len(types) == len(args) else args
        with self._handles.passing():
            return self._raw(checked)


def define(
    linker: wasmtime.component.LinkerInstance, name: str, converters: FuncConverters, serve: Serve,
    failed: Callable[[BaseException], None],
) -> object:
    """Defines host function *name*; what *serve* raises goes to *failed*, and the guest traps.

    The object returned has to live as long as any store whose instances may call the function.
    """
    def called(_data: int, _context: int, _type: int, arguments: int, count: int, results: int, _results: int) -> Any:
        try:
            data = ctypes.string_at(arguments, count * SIZE) if count else b""
            given = tuple([p.get(data, i * SIZE) for p, i in zip(converters.params, range(count), strict=True)])
            result = serve(given)
            if converters.result is not None:
                arena = Arena()
                _val_clone(arena.add(converters.result.bytes_of(result, arena)), results)
            elif result is not None:
                raise ValueError(f"{result!r} returned by the host's {name}: {converters.type}")
        except BaseException as error:
            failed(error)
            return _error_new(b"trap of the host")
        return 0

    callback = _Callback(called)
    encoded = name.encode()
    error = _add_func(linker.ptr(), encoded, len(encoded), callback, None, None)
    if error:
        raise wasmtime.WasmtimeError._from_ptr(error)
    return callback


def define_resource(
    linker: wasmtime.component.LinkerInstance, name: str, identifier: int, drop: Callable[[int], None],
    failed: Callable[[BaseException], None],
) -> object:
    """Defines resource type *name* as the host's of that *identifier*; *drop* is told the representation of each that
    dies, and what it raises goes to *failed*, as in `define`.

    The object returned has to live as long as any store whose instances may drop a resource of it.
    """
    def dropped(_data: int, _context: int, representation: int) -> Any:
        try:
            drop(representation)
        except BaseException as error:
            failed(error)
            return _error_new(b"trap of the host")
        return 0

    callback = _Destructor(dropped)
    encoded = name.encode()
    type = wasmtime.component.ResourceType.host(identifier)
    error = _add_resource(linker.ptr(), encoded, len(encoded), type.ptr(), callback, None, None)
    if error:
        raise wasmtime.WasmtimeError._from_ptr(error)
    return callback

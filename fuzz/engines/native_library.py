"""Functions of wasmtime's library that take plain addresses, where the package's own take typed pointers."""

from __future__ import annotations

import ctypes
from typing import Any

from wasmtime import _ffi

ADDRESS, WORD = ctypes.c_void_p, ctypes.c_size_t
ERROR = ctypes.POINTER(_ffi.wasmtime_error_t)
"""An error that is the caller's, or null: `wasmtime.WasmtimeError._from_ptr` takes it over."""


def function(name: str, result: Any, *arguments: Any) -> Any:
    """The function *name*, of ctypes *arguments* and *result*."""
    found = _ffi.dll[name]
    found.restype, found.argtypes = result, arguments
    return found

"""Handles in the host's hands: wasmtime's resources by the numbers of `fact.model.values.Handle`.

What wasmtime calls a resource of any type stands for an owned handle in the store's own table, which counts how often
it is lent. A component's imports can only name resource types that it imports, so a host function is never given a
handle to a guest's resource, and the host never a borrowed one.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import wasmtime

from fact.model.types import Borrow, Own
from fact.model.values import BadHandle, Handle, Value
from fuzz.engines.native_converter import Get, Put
from fuzz.engines.native_layout import PAYLOAD, RESOURCE, Data, Kind
from fuzz.engines.native_library import ADDRESS, ERROR, function
from fuzz.engines.native_memory import Arena

_any_clone = function("wasmtime_component_resource_any_clone", ADDRESS, ADDRESS)
_any_delete = function("wasmtime_component_resource_any_delete", None, ADDRESS)
_any_drop = function("wasmtime_component_resource_any_drop", ERROR, ADDRESS, ADDRESS)
_any_to_host = function("wasmtime_component_resource_any_to_host", ERROR, ADDRESS, ADDRESS, ADDRESS)
_host_new = function("wasmtime_component_resource_host_new", ADDRESS, ctypes.c_bool, ctypes.c_uint32, ctypes.c_uint32)
_host_rep = function("wasmtime_component_resource_host_rep", ctypes.c_uint32, ADDRESS)
_host_delete = function("wasmtime_component_resource_host_delete", None, ADDRESS)
_host_to_any = function("wasmtime_component_resource_host_to_any", ERROR, ADDRESS, ADDRESS, ADDRESS)


class _Resource:
    """Wasmtime's word for a handle; it is freed with this, which does not drop the handle."""

    __slots__ = ("address",)

    def __init__(self, address: int) -> None:
        self.address = address

    def __del__(self) -> None:
        _any_delete(self.address)


@dataclass(slots=True, eq=False)
class _Held:
    """An owned handle to a resource of type number *type*, lent to *lends* calls that have not ended."""

    resource: _Resource
    type: int
    lends: int = 0


@dataclass(slots=True)
class _Passing:
    """What one call is given: the handles that are the host's no longer, by number, and those that are lent."""

    owned: dict[int, _Held] = field(default_factory=dict)
    lent: list[_Held] = field(default_factory=list)


class HostHandles:
    """The handles that the host was given by one instance, numbered from 1 on in the order of lifting.

    *context* is the address of the store's context; *host_types* maps the numbers of the resource types that the host
    defines to the identifiers that the linker knows them by.
    """

    def __init__(self, context: int, host_types: Mapping[int, int]) -> None:
        self._context = context
        self._host_types = host_types
        self._held: dict[int, _Held] = {}
        self._given = 0
        self._passing: list[_Passing] = []

    @contextmanager
    def passing(self) -> Iterator[None]:
        """While it is open, handles may be put, and those that are borrowed are lent. On `BadHandle` all stays as it
        was."""
        passing = _Passing()
        self._passing.append(passing)
        try:
            yield
        except BadHandle:
            self._held |= passing.owned
            raise
        finally:
            for held in passing.lent:
                held.lends -= 1
            self._passing.pop()

    def drop(self, handle: Handle) -> None:
        """Raises `BadHandle`, and `wasmtime.WasmtimeError` when the destructor traps."""
        held = self._owned(handle.number)
        del self._held[handle.number]
        error = _any_drop(self._context, held.resource.address)
        if error:
            raise wasmtime.WasmtimeError._from_ptr(error)

    def converters(self, t: Own | Borrow) -> tuple[Put, Get]:
        """For a handle type of this instance."""
        if (identifier := self._host_types.get(t.resource)) is not None:
            return self._hosts(isinstance(t, Own), identifier)
        return self._guests(t)

    def _guests(self, t: Own | Borrow) -> tuple[Put, Get]:
        find = self._pass_on if isinstance(t, Own) else self._lend

        def put(value: Value, arena: Arena) -> bytes:
            if type(value) is not Handle:
                raise TypeError
            resource = find(value.number, t.resource).resource
            arena.keep(resource)
            return RESOURCE.pack(Kind.RESOURCE, resource.address)

        def get(data: Data, at: int) -> Value:
            resource = _Resource(_any_clone(int.from_bytes(data[at + PAYLOAD:at + PAYLOAD + 8], "little")))
            self._given += 1
            self._held[self._given] = _Held(resource, t.resource)
            return Handle(self._given)

        return put, get

    def _hosts(self, own: bool, identifier: int) -> tuple[Put, Get]:
        """The number of a handle to a resource of the host's own is the representation, both ways."""
        place = ctypes.c_void_p()
        context, to = self._context, ctypes.byref(place)

        def put(value: Value, arena: Arena) -> bytes:
            if type(value) is not Handle:
                raise TypeError
            if not 0 <= value.number < 1 << 32:
                raise ValueError
            host = _host_new(own, value.number, identifier)
            error = _host_to_any(context, host, to)
            _host_delete(host)
            if error:
                raise wasmtime.WasmtimeError._from_ptr(error)
            resource = _Resource(place.value or 0)
            arena.keep(resource)
            return RESOURCE.pack(Kind.RESOURCE, resource.address)

        def get(data: Data, at: int) -> Value:
            error = _any_to_host(context, int.from_bytes(data[at + PAYLOAD:at + PAYLOAD + 8], "little"), to)
            if error:
                raise wasmtime.WasmtimeError._from_ptr(error)
            number: int = _host_rep(place)
            _host_delete(place)
            return Handle(number)

        return put, get

    def _pass_on(self, number: int, type: int) -> _Held:
        self._of_type(number, type)
        held = self._owned(number)
        self._passing[-1].owned[number] = self._held.pop(number)
        return held

    def _lend(self, number: int, type: int) -> _Held:
        held = self._of_type(number, type)
        held.lends += 1
        self._passing[-1].lent.append(held)
        return held

    def _of_type(self, number: int, type: int) -> _Held:
        held = self._find(number)
        if held.type != type:
            raise BadHandle(f"handle #{number} is of another resource type than the one expected")
        return held

    def _owned(self, number: int) -> _Held:
        held = self._find(number)
        if held.lends:
            raise BadHandle(f"handle #{number} is lent to a call that has not ended: it cannot be passed on or dropped")
        return held

    def _find(self, number: int) -> _Held:
        if held := self._held.get(number):
            return held
        holds = ", ".join(f"#{n}" for n in sorted(self._held)) or "none"
        raise BadHandle(f"the host holds no handle #{number}: of the {self._given} it was given it holds {holds}")

"""The host of a script: the functions that the component model's public scripts expect, and registered instances."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType, Prim
from fact.model.values import Value
from fuzz.engines.base import EngineDied, EngineHung, Refusal, Running
from fuzz.engines.isolated import isolated
from fuzz.engines.native import NativeEngine
from fuzz.engines.native_types import Item, Items, Other, Path, functions, items
from fuzz.validate import compile_component, validator

Serve: TypeAlias = Callable[[Sequence[Value]], "Value | None"]


@dataclass(frozen=True, slots=True)
class Provided:
    """A function that imports can be given. Labels of parameters do not matter."""

    type: FuncType
    serve: Serve

    def fits(self, wanted: FuncType) -> bool:
        return self.type.param_types == wanted.param_types and self.type.result == wanted.result


def _returns(value: int) -> Provided:
    return Provided(FuncType((), Prim.U32), lambda _: value)


SPECTEST: dict[Path, Provided] = {
    ("host-echo-u32",): Provided(FuncType((("v", Prim.U32),), Prim.U32), lambda args: args[0]),
    ("host-return-two",): _returns(2),
    ("host", "return-three"): _returns(3),
    ("host", "nested", "return-four"): _returns(4),
}


@dataclass(frozen=True, slots=True)
class Interface:
    """Imports of a component by name and exports by path, without the types among them."""

    imports: Items
    exports: dict[Path, FuncType | Other]


def interface(binary: bytes) -> Interface:
    """Empty for a component that wasmtime does not accept, or dies of: what it lacks then shows when it is called."""
    try:
        return isolated(NativeEngine).call(_interface, binary)
    except (EngineDied, EngineHung):
        return Interface({}, {})


def _interface(binary: bytes) -> Interface:
    engine = validator()
    try:
        type = compile_component(engine, binary).type
    except Refusal:
        return Interface({}, {})
    return Interface(items(type.imports(engine), engine), functions(items(type.exports(engine), engine)))


class ScriptHost:
    """A `fact.run.host.Host` that grows as a script registers instances.

    *more* is provided besides `SPECTEST`, for scripts that say in another way what their host has to offer.
    """

    def __init__(self, more: Mapping[Path, Provided] | None = None) -> None:
        self._provided = SPECTEST | dict(more or {})

    def __call__(self, path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> Value | None:
        provided = self._provided.get(path)
        if provided is None:
            raise Trap(TrapReason.HOST, None, f"import {'#'.join(path)} was called but is not provided")
        return provided.serve(args)

    def register(self, name: str, running: Running, exports: Mapping[Path, FuncType | Other]) -> None:
        """Makes the functions that an instance exports available to imports of an instance *name*."""
        for path, type in exports.items():
            if isinstance(type, FuncType):
                self._provided[name, *path] = Provided(type, _calls(running, "#".join(path)))

    def missing(self, imports: Items, inside: Path = ()) -> list[str]:
        """What cannot be provided of *imports* of the instance *inside*, in words."""
        found: list[str] = []
        for name, wanted in imports.items():
            path = (*inside, name)
            if isinstance(wanted, dict) and path not in self._provided:
                found.extend(self.missing(wanted, path))
            elif reason := self._obstacle(path, wanted):
                found.append(reason)
        return found

    def _obstacle(self, path: Path, wanted: Item) -> str | None:
        name = "#".join(path)
        if isinstance(wanted, Other):
            return f"import {name}: {wanted.construct}"
        provided = self._provided.get(path)
        if provided is None:
            return f"import {name} is not provided"
        if isinstance(wanted, dict):
            return f"import {name} is wanted as an instance and provided as a function"
        return None if provided.fits(wanted) else f"import {name} is wanted as {wanted} and provided as {provided.type}"


def _calls(running: Running, function: str) -> Serve:
    return lambda args: running.invoke(function, args)

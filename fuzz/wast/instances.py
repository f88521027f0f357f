"""The definitions and instances of a script: by name, and the latest of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

import wasmtime

from fact.model.types import FuncType, ValType
from fact.model.values import Case, Value
from fact.model.wave import show_value
from fuzz.difference import difference_line
from fuzz.engines.base import Engine, Loaded, Refusal, Running
from fuzz.engines.native_types import Other, Path
from fuzz.validate import MODULE_PREAMBLE
from fuzz.wast import values
from fuzz.wast.core import CoreInstances
from fuzz.wast.script import Action, Constant
from fuzz.wast.signatures import exported_functions
from fuzz.wast.spectest_host import Interface, ScriptHost, interface


class Failed(Exception):
    """A command did not do what the script expects; the message says why."""


class NotSupported(Exception):
    """A command needs something that the engine or the runner does not support; the message names it."""


class Instance(Protocol):
    def perform(self, action: Action) -> list[object]:
        """The results; raises `Trap`, `KeyError` for an unknown export, `ValueError` for wrong arguments."""
        ...

    def matches(self, function: str, expected: Constant, actual: object) -> bool:
        """Whether a result of *function* is the one expected; raises `ValueError` if it could never be."""
        ...

    def difference(self, function: str, expected: Constant, actual: object) -> str:
        """Both, in words."""
        ...

    def register(self, name: str) -> None: ...


class Definition(Protocol):
    def instantiate(self) -> Instance:
        """Raises `Trap`, `Refusal`, `NotSupported`."""
        ...


@dataclass(frozen=True, slots=True)
class Component:
    loaded: Loaded
    interface: Interface
    types: dict[str, FuncType]
    host: ScriptHost

    def instantiate(self) -> Instance:
        if missing := self.host.missing(self.interface.imports):
            raise Refusal("unlinkable", "; ".join(missing))
        return ComponentInstance(self.loaded.instantiate(self.host), self.interface.exports, self.types, self.host)


@dataclass(frozen=True, slots=True)
class ComponentInstance:
    running: Running
    exports: dict[Path, FuncType | Other]
    types: dict[str, FuncType]
    host: ScriptHost

    def perform(self, action: Action) -> list[object]:
        if action.type != "invoke":
            raise NotSupported(f"{action.type} on a component")
        result = self.running.invoke(action.field, self.arguments(action))
        return [] if result is None else [result]

    def arguments(self, action: Action) -> list[Value]:
        type = self.types.get(action.field)
        if type is None:
            return [values.component_value(c) for c in action.args]
        if len(action.args) != len(type.params):
            raise ValueError(f"{len(action.args)} arguments for {type}")
        return [values.component_value(c, t) for c, t in zip(action.args, type.param_types, strict=True)]

    def matches(self, function: str, expected: Constant, actual: object) -> bool:
        return values.component_matches(expected, _value(actual), self.result_type(function))

    def difference(self, function: str, expected: Constant, actual: object) -> str:
        t, value = self.result_type(function), _value(actual)
        if not isinstance(value, (str, tuple, frozenset, Case)):
            return f"{actual!r}, expected {values.show(expected)}"
        wanted = values.component_value(expected, t)
        line = difference_line(t, [("here", value), ("in the script", wanted)])
        both = f"{show_value(t, value)}, expected {show_value(t, wanted)}"
        return f"{both}; first difference: {line}" if line else both

    def result_type(self, function: str) -> ValType | None:
        return self.types[function].result if function in self.types else None

    def register(self, name: str) -> None:
        functions: dict[Path, FuncType | Other] = {tuple(path.split("#")): t for path, t in self.types.items()}
        self.host.register(name, self.running, self.exports | functions)


@dataclass(frozen=True, slots=True)
class CoreModule:
    module: wasmtime.Module
    core: CoreInstances

    def instantiate(self) -> Instance:
        return CoreInstance(self.core.instantiate(self.module), self.core)


@dataclass(frozen=True, slots=True)
class CoreInstance:
    instance: wasmtime.Instance
    core: CoreInstances

    def perform(self, action: Action) -> list[object]:
        match action.type:
            case "invoke":
                return self.core.invoke(self.instance, action.field, [values.core_value(c) for c in action.args])
            case "get":
                return [self.core.get(self.instance, action.field)]
        raise NotSupported(f"{action.type} on a core instance")

    def matches(self, function: str, expected: Constant, actual: object) -> bool:
        return values.core_matches(expected, actual)

    def difference(self, function: str, expected: Constant, actual: object) -> str:
        return f"{actual!r}, expected {values.show(expected)}"

    def register(self, name: str) -> None:
        self.core.register(name, self.instance)


@dataclass(frozen=True, slots=True)
class Absent:
    """Stands for what a command at *line* should have made, so that what depends on it is not counted as failed."""

    line: int


def _value(result: object) -> Value | None:
    return result if isinstance(result, (bool, int, float, str, tuple, frozenset, Case)) else None


class Names:
    """What the commands so far have defined and instantiated."""

    def __init__(self, engine: Engine, host: ScriptHost) -> None:
        self._engine = engine
        self._host = host
        self._core = CoreInstances()
        self._definitions: dict[str | None, Definition | Absent] = {}
        self._instances: dict[str | None, Instance | Absent] = {}

    def load(self, binary: bytes) -> Definition:
        """Raises `Refusal`."""
        if binary.startswith(MODULE_PREAMBLE):
            return CoreModule(self._core.load(binary), self._core)
        loaded = self._engine.load(binary)
        known = interface(binary)
        types = {"#".join(path): item for path, item in known.exports.items() if isinstance(item, FuncType)}
        return Component(loaded, known, types | exported_functions(binary), self._host)

    def define(self, name: str | None, definition: Definition | Absent) -> None:
        """Under *name*, and as the latest."""
        self._definitions[None] = self._definitions[name] = definition

    def place(self, name: str | None, instance: Instance | Absent) -> None:
        """Under *name*, and as the latest."""
        self._instances[None] = self._instances[name] = instance

    def definition(self, name: str | None) -> Definition:
        return _present(self._definitions, name, "definition")

    def instance(self, name: str | None) -> Instance:
        return _present(self._instances, name, "instance")


_T = TypeVar("_T")


def _present(table: dict[str | None, _T | Absent], name: str | None, sort: str) -> _T:
    found = table.get(name)
    if found is None:
        raise Failed(f"no {sort} named {name}" if name else f"no {sort} yet")
    if isinstance(found, Absent):
        raise NotSupported(f"depends on line {found.line}")
    return found

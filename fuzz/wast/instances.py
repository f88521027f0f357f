"""The definitions and instances of a script: by name, and the latest of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

import wasmtime

from fact.errors import Malformed, Unsupported
from fact.link import Environment
from fact.model.syntax import Sort
from fact.model.types import FuncType, ValType
from fact.model.values import Case, Handle, Value
from fact.model.wave import show_value
from fuzz.difference import difference_line
from fuzz.engines.base import NOTHING, Engine, Loaded, Running
from fuzz.validate import COMPONENT_PREAMBLE, MODULE_PREAMBLE, validate
from fuzz.wast import values
from fuzz.wast.core import CoreInstances
from fuzz.wast.enclosing import Linked
from fuzz.wast.host import ScriptHost
from fuzz.wast.links import imports_of
from fuzz.wast.scope import Absent, NotSupported, Scope, environment_of
from fuzz.wast.script import Action, Constant
from fuzz.wast.signatures import function_types


class Failed(Exception):
    """A command did not do what the script expects; the message says why."""


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

    def load(self) -> object:
        """What the engine makes of it before it is instantiated; raises `Refusal`."""
        ...


@dataclass(frozen=True, slots=True)
class Component:
    """What it imports is known when it is instantiated; what does not depend on that is *loaded* before."""

    binary: bytes
    engine: Engine
    scope: Scope
    loaded: Loaded | None

    def load(self, environment: Environment = NOTHING) -> Loaded:
        if environment == NOTHING:
            return self.loaded or self.engine.load(self.binary)
        return self.engine.load(self.binary, environment=environment)

    def instantiate(self) -> Instance:
        linked = self.scope.link(self.binary)
        environment = environment_of(linked)
        running = self.load(environment).instantiate(self.scope.host)
        return ComponentInstance(running, linked, function_types(self.binary, environment), self.scope)


@dataclass(frozen=True, slots=True)
class ComponentInstance:
    running: Running
    linked: Linked
    types: dict[str, FuncType]
    scope: Scope

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
        self.scope.register(name, self.linked, self.running)


@dataclass(frozen=True, slots=True)
class CoreModule:
    module: wasmtime.Module
    core: CoreInstances

    def load(self) -> object:
        return self.module

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


def _value(result: object) -> Value | None:
    return result if isinstance(result, (bool, int, float, str, tuple, frozenset, Case, Handle)) else None


class Names:
    """What the commands so far have defined and instantiated."""

    def __init__(self, engine: Engine, host: ScriptHost) -> None:
        self._engine = engine
        self._scope = Scope(host)
        self._core = CoreInstances()
        self._definitions: dict[str | None, Definition | Absent] = {}
        self._instances: dict[str | None, Instance | Absent] = {}

    def load(self, binary: bytes) -> Definition:
        """Raises `Refusal`."""
        if binary.startswith(MODULE_PREAMBLE):
            return CoreModule(self._core.load(binary), self._core)
        if _depends_on_what_it_is_given(binary):
            return Component(binary, self._engine, self._scope, None)
        return Component(binary, self._engine, self._scope, self._engine.load(binary))

    def define(self, name: str | None, definition: Definition | Absent) -> None:
        """Under *name*, and as the latest."""
        self._definitions[None] = self._definitions[name] = definition

    def place(self, name: str | None, instance: Instance | Absent) -> None:
        """Under *name*, for imports too, and as the latest."""
        self._instances[None] = self._instances[name] = instance
        if name is not None and isinstance(instance, Absent):
            self._scope.lack(name, instance)
        elif name is not None and isinstance(instance, ComponentInstance):
            instance.register(name)

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
        raise found.refuse()
    return found


def _depends_on_what_it_is_given(binary: bytes) -> bool:
    """Whether a component imports an instance, a module or a component: any of these may be, or hold, code.

    Such a component is validated here; raises `Refusal`.
    """
    if not binary.startswith(COMPONENT_PREAMBLE):
        return False
    try:
        imports = imports_of(binary)
    except (Malformed, Unsupported):
        return False
    if {Sort.INSTANCE, Sort.CORE_MODULE, Sort.COMPONENT}.isdisjoint(i.type.sort for i in imports):
        return False
    validate(binary)
    return True

"""Component graphs with fewer components, and with plainer types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from fuzz.minimise.graphs_repair import repaired
from generators.blueprint import Signature
from generators.frozen import put
from generators.graphs import (
    Bundle,
    Component,
    ComponentType,
    Definition,
    Export,
    FuncType,
    GraphBlueprint,
    HostCall,
    Import,
    Instance,
    InstanceType,
    Lift,
    Module,
    ModuleType,
    Outer,
    TypeDefinition,
    references,
    walk,
)
from generators.graphs_core import (
    Code,
    CoreFunc,
    CoreImport,
    Function,
    Indirect,
)
from generators.graphs_facts import lifted_type, lowered_type
from generators.valtypes import BorrowOf, OwnOf, Type


def fewer_components(b: GraphBlueprint) -> Iterator[GraphBlueprint]:
    """The definitions of a component in place of its only instance."""
    for instance in walk(b.body):
        if isinstance(instance, Instance):
            body = _inlined(b.body, instance)
            if body is not None:
                yield repaired(replace(b, body=body))


def _inlined(body: tuple[Definition, ...], instance: Instance) -> tuple[Definition, ...] | None:
    """*body*, which has *instance* in it or in a component inside, without; None if that cannot be."""
    if instance not in body:
        for n, d in enumerate(body):
            if isinstance(d, Component) and (inner := _inlined(d.body, instance)) is not None:
                return put(body, n, replace(d, body=inner))
        return None
    component = next((d for d in body if d.id == instance.component), None)
    users = [d for d in walk(body) if instance.component in references(d) and not isinstance(d, Component)]
    if not isinstance(component, Component) or users != [instance]:
        return None
    args = {name: number for name, _, number in instance.args}
    stands: dict[int, int] = {}
    for d in component.body:
        if isinstance(d, Import):
            if d.name not in args:
                return None
            stands[d.id] = args[d.name]
        elif isinstance(d, Export | Outer):
            source = d.item if isinstance(d, Export) else d.of
            stands[d.id] = stands.get(source, source)
    kept = tuple(redirected(d, stands) for d in component.body if d.id not in stands)
    exports = tuple((d.name, d.sort, stands[d.id]) for d in component.body if isinstance(d, Export))
    at = body.index(instance)
    return (*(d for d in body[:at] if d is not component), *kept, Bundle(instance.id, exports), *body[at + 1 :])


_NUMBERS = ("module", "instance", "callee", "memory", "realloc", "post_return", "func", "destructor", "item",
            "component", "of", "resource")


def redirected(d: Definition, stands: Mapping[int, int]) -> Definition:
    """*d*, referring to others in place of some definitions; a component's inner definitions too."""
    if isinstance(d, Component):
        return replace(d, body=tuple(redirected(inner, stands) for inner in d.body))
    changes: dict[str, Any] = {}
    for name in _NUMBERS:
        number = getattr(d, name, None)
        if isinstance(number, int) and number in stands:
            changes[name] = stands[number]
    for name in ("args", "exports"):
        if isinstance(entries := getattr(d, name, None), tuple):
            changes[name] = tuple((*e[:-1], stands.get(e[-1], e[-1])) for e in entries)
    if isinstance(d, Lift):
        changes["signature"] = _of_others(d.signature, stands)
    if isinstance(d, Import) and isinstance(d.type, FuncType):
        changes["type"] = FuncType(_of_others(d.type.signature, stands))
    return replace(d, **changes) if changes else d


def _of_others(s: Signature, stands: Mapping[int, int]) -> Signature:
    """*s* with handles of other types."""
    def changed(t: Type) -> Type:
        return replace(t, resource=stands.get(t.resource, t.resource)) if isinstance(t, OwnOf | BorrowOf) else t

    return Signature(tuple(map(changed, s.params)), None if s.result is None else changed(s.result))


# -- types


def plainer_types(b: GraphBlueprint) -> Iterator[GraphBlueprint]:
    """A type of functions, wherever it stands, with fewer parameters or without its result."""
    for s in dict.fromkeys(d.signature for d in walk(b.body) if isinstance(d, Lift)):
        options = [Signature((), None)] if s.params and s.result is not None else []
        options += [Signature(s.params[:n] + s.params[n + 1 :], s.result) for n in range(len(s.params))]
        options += [Signature(s.params, None)] if s.result is not None else []
        for option in options:
            yield _retyped(b, s, option)


def _retyped(b: GraphBlueprint, old: Signature, new: Signature) -> GraphBlueprint:
    core = {lifted_type(old): lifted_type(new), lowered_type(old): lowered_type(new)}

    def changed(x: Any) -> Any:
        if isinstance(x, Signature):
            return new if x == old else x
        if isinstance(x, CoreFunc):
            return core.get(x, x)
        if isinstance(x, tuple):
            return tuple(map(changed, x))
        if isinstance(x, HostCall):
            if x.signature != old:
                return x
            return replace(x, signature=new, args=_fitting(old, new, x.args))
        if isinstance(x, msgspec.Struct) and type(x) in _WITH_TYPES:
            return replace(x, **{f: changed(getattr(x, f)) for f in x.__struct_fields__})
        return x

    result: GraphBlueprint = changed(b)
    return result


def _fitting(old: Signature, new: Signature, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments of the parameters that are still there."""
    rest, found = list(zip(old.params, args, strict=True)), []
    for t in new.params:
        while rest and rest[0][0] != t:
            rest.pop(0)
        found.append(rest.pop(0)[1])
    return tuple(found)


_WITH_TYPES = frozenset((
    GraphBlueprint, Component, Module, Lift, Import, TypeDefinition, FuncType, InstanceType, ComponentType, ModuleType,
    Code, CoreImport, Function, Indirect,
))

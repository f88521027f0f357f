"""Everything that running a plan needs and that depends on the plan alone, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from wasmtime import Module, WasmtimeError

from fact.abi import FlatFuncType, flat_functype
from fact.errors import LinkError
from fact.model.plan import AdapterRef, BuiltinRef, CoreItem, HostLowerRef, InstanceExport, InstantiateModule, Plan
from fact.model.settings import Reentrance
from fact.model.syntax import Sort
from fact.model.types import CoreFuncType, FuncType, PtrType
from fact.run.engine import Profile, compile_module
from fact.run.raw import Signature, signature

CACHED_DEFINITIONS = 1024

REALLOC: dict[PtrType, CoreFuncType] = {p: CoreFuncType((p, p, p, p), (p,)) for p in get_args(PtrType)}
"""The type of a realloc function, by the type of addresses in its memory."""

DESTRUCTOR = CoreFuncType(("i32",), ())


@dataclass(frozen=True, slots=True)
class Definition:
    """A canonical definition: its function type flattened, and the signatures of the core functions it deals with."""

    ft: FlatFuncType
    core: Signature
    post_return: Signature


@dataclass(frozen=True, slots=True)
class Derivation:
    """*modules* by module index, None for those that no step instantiates; the definitions as in the plan."""

    plan: Plan
    metered: bool
    profile: Profile
    modules: tuple[Module | None, ...]
    lifts: tuple[Definition, ...]
    adapters: tuple[Definition, ...]
    host_lowers: tuple[Definition, ...]
    starting: frozenset[int]
    """Modules that have a start function."""
    reentrance: Reentrance


def derive(plan: Plan, metered: bool, profile: Profile, reentrance: Reentrance) -> Derivation:
    """Compiles the modules, to consume fuel if *metered*. Raises `LinkError` and `Unsupported`."""
    used = {step.module for step in plan.steps if isinstance(step, InstantiateModule)}
    derivation = Derivation(
        plan,
        metered,
        profile,
        tuple(compiled(plan, i, metered, profile) if i in used else None for i in range(len(plan.modules))),
        tuple(definition(lift.type, "lift", lift.options.pointer) for lift in plan.lifts),
        tuple(definition(adapter.type, "lower", adapter.options.pointer) for adapter in plan.adapters),
        tuple(definition(lower.type, "lower", lower.options.pointer) for lower in plan.host_lowers),
        frozenset(i for i in used if plan.modules[i].has_start),
        reentrance,
    )
    check_signatures(derivation)
    return derivation


@lru_cache(CACHED_DEFINITIONS)
def definition(t: FuncType, context: Literal["lift", "lower"], pointer: PtrType) -> Definition:
    ft = flat_functype(t, context, pointer)
    return Definition(ft, signature(ft.core), signature(CoreFuncType(ft.core.results, ())))


def compiled(plan: Plan, index: int, metered: bool, profile: Profile) -> Module:
    module = plan.modules[index]
    try:
        return compile_module(module.binary, metered, profile)
    except WasmtimeError as error:
        raise LinkError(f"core module {index} ({module.name or 'unnamed'}) does not compile: {error}") from error


# -- signatures: calls are made without looking at them again


def check_signatures(derivation: Derivation) -> None:
    plan = derivation.plan
    types = {
        (step.instance, export.name): export.type
        for step in plan.steps
        if isinstance(step, InstantiateModule)
        for export in plan.modules[step.module].exports
        if export.sort is Sort.CORE_FUNC
    }

    def check(what: str, item: CoreItem | None, expected: CoreFuncType) -> None:
        if item is not None and (found := core_type(item)) != expected:
            raise LinkError(f"{what} has type {found or 'unknown'}; it must be {expected}")

    def core_type(item: CoreItem) -> CoreFuncType | None:
        match item:
            case InstanceExport(instance, name, _):
                return types.get((instance, name))
            case AdapterRef(index):
                return derivation.adapters[index].ft.core
            case HostLowerRef(index):
                return derivation.host_lowers[index].ft.core
            case BuiltinRef(index):
                return plan.builtins[index].type

    for lift, ready in zip(plan.lifts, derivation.lifts, strict=True):
        check(f"the core function of lift `{lift.name}`", lift.callee, ready.ft.core)
        check(f"realloc of lift `{lift.name}`", lift.options.realloc, REALLOC[lift.options.pointer])
        check(f"post-return of lift `{lift.name}`", lift.options.post_return, CoreFuncType(ready.ft.core.results, ()))
    for adapter in plan.adapters:
        check(f"realloc of lower `{adapter.name}`", adapter.options.realloc, REALLOC[adapter.options.pointer])
    for lower in plan.host_lowers:
        check(f"realloc of lower `{lower.name}`", lower.options.realloc, REALLOC[lower.options.pointer])
    for resource in plan.resources:
        check(f"the destructor of `{resource.name}`", resource.dtor, DESTRUCTOR)

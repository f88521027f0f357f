"""From a plan to something that can be instantiated many times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fact.errors import LinkError
from fact.model.plan import BUILTINS, CompiledAdapterModule, ExportedFunc, ExportedHostFunc, Plan
from fact.model.settings import Reentrance
from fact.run.branches import BranchCounts
from fact.run.compiled import CompiledLinkage, ready_adapter_module, shared_state
from fact.run.derive import derive
from fact.run.engine import Profile
from fact.run.host import Host
from fact.run.instance import Instance
from fact.run.linkage import Linkage, ReferenceLinkage
from fact.run.observed import ObservedLinkage
from fact.run.observer import Observer


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan ready to run: modules compiled, types flattened. *fuel* is what each call gets, None for no limit."""

    plan: Plan
    fuel: int | None
    link: Callable[[Host], Linkage]
    exports: dict[str, ExportedFunc | ExportedHostFunc]

    def instantiate(self, host: Host) -> Instance:
        """Carries out the plan's steps in a store of its own. *host* serves the imports.

        Raises `Trap` when a start function or a segment traps; `LinkError` when a core instance cannot be made.
        """
        return Instance(self.link(host), self.exports, self.fuel)


def prepare_reference(
    plan: Plan, *, fuel: int | None = None, reentrance: Reentrance = Reentrance.GUARDED
) -> Prepared:
    """Adapters and built-ins are run by the reference, `fact.abi`. Raises `LinkError` and `Unsupported`."""
    derivation = derive(plan, fuel is not None, Profile.COMPILES_FAST, reentrance)
    return Prepared(plan, fuel, lambda host: ReferenceLinkage(derivation, host), plan.function_exports())


def prepare_observed(
    plan: Plan,
    observer: Callable[[], Observer],
    *,
    fuel: int | None = None,
    reentrance: Reentrance = Reentrance.GUARDED,
) -> Prepared:
    """As `prepare_reference`; each instance is told to an *observer* of its own."""
    derivation = derive(plan, fuel is not None, Profile.COMPILES_FAST, reentrance)
    return Prepared(
        plan, fuel, lambda host: ObservedLinkage(derivation, host, observer()), plan.function_exports()
    )


def prepare_compiled(
    plan: Plan,
    adapter_modules: Sequence[CompiledAdapterModule],
    *,
    fuel: int | None = None,
    profile: Profile = Profile.COMPILES_FAST,
    reentrance: Reentrance = Reentrance.GUARDED,
    branches: BranchCounts | None = None,
) -> Prepared:
    """Adapters are functions of *adapter_modules*, one for each of the plan's, compiled for the same *reentrance*.

    Built-ins are those of another one, the first, where the plan has any. *branches*, made for these modules, is
    told of all instances. Raises `LinkError` and `Unsupported`.
    """
    expected = [BUILTINS] * bool(plan.builtins) + [module.index for module in plan.adapter_modules]
    if (found := [module.index for module in adapter_modules]) != expected:
        raise LinkError(f"the plan wants compiled modules with the indices {expected}, not {found}")
    derivation = derive(plan, fuel is not None, profile, reentrance)
    ready = tuple(ready_adapter_module(module, fuel is not None, profile) for module in adapter_modules)
    shared = shared_state(ready)
    return Prepared(
        plan, fuel, lambda host: CompiledLinkage(derivation, host, ready, shared, branches), plan.function_exports()
    )

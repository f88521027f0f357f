"""From a plan to something that can be instantiated many times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fact.errors import LinkError
from fact.model.plan import CompiledAdapterModule, ExportedFunc, ExportedHostFunc, Plan
from fact.run.compiled import CompiledLinkage, ready_adapter_module, shared_instances
from fact.run.derive import derive
from fact.run.engine import Profile
from fact.run.host import Host
from fact.run.instance import Instance
from fact.run.linkage import Linkage, ReferenceLinkage


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


def prepare_reference(plan: Plan, *, fuel: int | None = None) -> Prepared:
    """Adapters are run by the reference, `fact.abi`. Raises `LinkError` and `Unsupported`."""
    derivation = derive(plan, fuel is not None, Profile.COMPILES_FAST)
    return Prepared(plan, fuel, lambda host: ReferenceLinkage(derivation, host), plan.function_exports())


def prepare_compiled(
    plan: Plan,
    adapter_modules: Sequence[CompiledAdapterModule],
    *,
    fuel: int | None = None,
    profile: Profile = Profile.COMPILES_FAST,
) -> Prepared:
    """Adapters are functions of *adapter_modules*, one for each of the plan's. Raises `LinkError` and `Unsupported`."""
    if [module.index for module in adapter_modules] != [module.index for module in plan.adapter_modules]:
        raise LinkError(f"the plan has {len(plan.adapter_modules)} adapter modules; compiled ones must match by index")
    derivation = derive(plan, fuel is not None, profile)
    ready = tuple(ready_adapter_module(module, fuel is not None, profile) for module in adapter_modules)
    shared = shared_instances(ready)
    return Prepared(
        plan, fuel, lambda host: CompiledLinkage(derivation, host, ready, shared), plan.function_exports()
    )

"""FACT: generated adapter modules, run by wasmtime as plain core wasm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fact.link import Environment
from fact.model.plan import CompiledAdapterModule
from fact.model.settings import Reentrance
from fact.run import BranchCounts, Host, Instance, Profile, prepare_compiled
from fuzz.engines.base import NOTHING, EngineInfo, Loaded
from fuzz.engines.pipeline import OurComponent, adapters_of, compiled, plan_of
from fuzz.engines.supported import SUPPORTED
from fuzz.version import factfuzz_version


class CompiledEngine:
    """Every lower of a lift is a core wasm function in a generated adapter module."""

    def __init__(
        self, fuel: int | None = None, profile: Profile = Profile.COMPILES_FAST,
        reentrance: Reentrance = Reentrance.GUARDED, branches: bool = False,
    ) -> None:
        """*branches*: adapters count their branches, for which *fuel* goes too; and what is loaded is
        `fuzz.engines.base.Counted`."""
        self.fuel = fuel
        self.profile = profile
        self.reentrance = reentrance
        self.branches = branches
        self.info = EngineInfo(
            "compiled", factfuzz_version(), "fused adapters compiled to core wasm, on wasmtime's core API", SUPPORTED
        )

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Loaded:
        plan = plan_of(binary, environment)
        kept = environment == NOTHING
        modules = (
            adapters_of(binary, self.reentrance, self.branches) if kept
            else compiled(plan, self.reentrance, self.branches)
        )
        counts = BranchCounts(modules) if self.branches else None
        prepared = prepare_compiled(
            plan, modules, fuel=self.fuel, profile=self.profile, reentrance=self.reentrance, branches=counts
        )
        loaded = OurComponent(prepared, environment)
        return loaded if counts is None else CountedComponent(loaded, counts, self.reentrance)


@dataclass(frozen=True, slots=True)
class CountedComponent:
    """A component whose adapters count their branches."""

    loaded: OurComponent
    counts: BranchCounts
    reentrance: Reentrance

    def instantiate(self, host: Host) -> Instance:
        return self.loaded.instantiate(host)

    def branches(self) -> Mapping[str, int]:
        return self.counts.by_name()

    def texts(self) -> tuple[CompiledAdapterModule, ...]:
        """Its adapter modules as they are without counters, which are on the same lines."""
        return compiled(self.loaded.prepared.plan, self.reentrance)

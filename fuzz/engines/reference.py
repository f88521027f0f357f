"""The reference: an interpreter of the canonical ABI between core instances."""

from __future__ import annotations

from dataclasses import dataclass

from fact.link import Environment
from fact.model.settings import Reentrance
from fact.run import Host, Instance, prepare_observed, prepare_reference
from fuzz.coverage.watch import Watch
from fuzz.engines.base import NOTHING, EngineInfo, Loaded
from fuzz.engines.pipeline import OurComponent, plan_of
from fuzz.engines.supported import SUPPORTED
from fuzz.version import factfuzz_version


class ReferenceEngine:
    """Every adapter is a Python host function that follows CanonicalABI.md."""

    def __init__(self, fuel: int | None = None, reentrance: Reentrance = Reentrance.GUARDED) -> None:
        self.fuel = fuel
        self.reentrance = reentrance
        self.info = EngineInfo(
            "reference", factfuzz_version(), "interpreter in the order and names of CanonicalABI.md", SUPPORTED
        )

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Loaded:
        plan = plan_of(binary, environment)
        prepared = prepare_reference(plan, fuel=self.fuel, reentrance=self.reentrance)
        return OurComponent(prepared, environment)


class TracedReferenceEngine(ReferenceEngine):
    """The reference, watched: what it loads is `fuzz.engines.base.Traced`."""

    def load(self, binary: bytes, environment: Environment = NOTHING) -> TracedComponent:
        plan = plan_of(binary, environment)
        watch = Watch(plan)
        prepared = prepare_observed(plan, watch.trace, fuel=self.fuel, reentrance=self.reentrance)
        return TracedComponent(OurComponent(prepared, environment), watch)


@dataclass(frozen=True, slots=True)
class TracedComponent:
    loaded: OurComponent
    watch: Watch

    def instantiate(self, host: Host) -> Instance:
        return self.loaded.instantiate(host)

    def features(self) -> frozenset[str]:
        return frozenset(self.watch.found)

"""FACT: generated adapter modules, run by wasmtime as plain core wasm."""

from __future__ import annotations

from fact.link import Environment
from fact.model.settings import Reentrance
from fact.run import Profile, prepare_compiled
from fuzz.engines.base import NOTHING, EngineInfo, Loaded
from fuzz.engines.pipeline import OurComponent, adapters_of, compiled, plan_of
from fuzz.engines.supported import SUPPORTED
from fuzz.version import factfuzz_version


class CompiledEngine:
    """Every lower of a lift is a core wasm function in a generated adapter module."""

    def __init__(
        self, fuel: int | None = None, profile: Profile = Profile.COMPILES_FAST,
        reentrance: Reentrance = Reentrance.GUARDED,
    ) -> None:
        self.fuel = fuel
        self.profile = profile
        self.reentrance = reentrance
        self.info = EngineInfo(
            "compiled", factfuzz_version(), "fused adapters compiled to core wasm, on wasmtime's core API", SUPPORTED
        )

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Loaded:
        plan = plan_of(binary, environment)
        kept = environment == NOTHING
        modules = adapters_of(binary, self.reentrance) if kept else compiled(plan, self.reentrance)
        prepared = prepare_compiled(
            plan, modules, fuel=self.fuel, profile=self.profile, reentrance=self.reentrance
        )
        return OurComponent(prepared, environment)

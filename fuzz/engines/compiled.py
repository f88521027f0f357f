"""FACT: generated adapter modules, run by wasmtime as plain core wasm."""

from __future__ import annotations

from fact.run import Profile, prepare_compiled
from fuzz.engines.base import EngineInfo, Loaded
from fuzz.engines.pipeline import OurComponent, adapters_of, plan_of
from fuzz.engines.supported import SUPPORTED
from fuzz.version import factfuzz_version


class CompiledEngine:
    """Every lower of a lift is a core wasm function in a generated adapter module."""

    def __init__(self, fuel: int | None = None, profile: Profile = Profile.COMPILES_FAST) -> None:
        self.fuel = fuel
        self.profile = profile
        self.info = EngineInfo(
            "compiled", factfuzz_version(), "fused adapters compiled to core wasm, on wasmtime's core API", SUPPORTED
        )

    def load(self, binary: bytes) -> Loaded:
        prepared = prepare_compiled(plan_of(binary), adapters_of(binary), fuel=self.fuel, profile=self.profile)
        return OurComponent(prepared)

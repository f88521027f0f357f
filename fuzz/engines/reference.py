"""The reference: an interpreter of the canonical ABI between core instances."""

from __future__ import annotations

from fact.run import prepare_reference
from fuzz.engines.base import EngineInfo, Loaded
from fuzz.engines.pipeline import OurComponent, plan_of
from fuzz.engines.supported import SUPPORTED
from fuzz.version import factfuzz_version


class ReferenceEngine:
    """Every adapter is a Python host function that follows CanonicalABI.md."""

    def __init__(self, fuel: int | None = None) -> None:
        self.fuel = fuel
        self.info = EngineInfo(
            "reference", factfuzz_version(), "interpreter in the order and names of CanonicalABI.md", SUPPORTED
        )

    def load(self, binary: bytes) -> Loaded:
        return OurComponent(prepare_reference(plan_of(binary), fuel=self.fuel))

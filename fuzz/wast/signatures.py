"""The types of a component's functions, as its scripts need them to read constants."""

from __future__ import annotations

from fact.model.types import FuncType
from fuzz.engines.base import Refusal
from fuzz.engines.pipeline import plan_of


def exported_functions(binary: bytes) -> dict[str, FuncType]:
    """By path, the parts joined by `#`. None for a component that we refuse: wasmtime may know its functions."""
    try:
        plan = plan_of(binary)
    except Refusal:
        return {}
    return {path: plan.function_type(item) for path, item in plan.function_exports().items()}

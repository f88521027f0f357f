"""The types of a component's functions, as its scripts need them to read constants."""

from __future__ import annotations

from fact.decode import decode
from fact.errors import LinkError, Malformed, Unsupported
from fact.link import Environment, link
from fact.model.plan import Plan
from fact.model.types import FuncType
from fuzz.engines.base import EngineDied, EngineHung, Refusal
from fuzz.engines.isolated import isolated
from fuzz.engines.native import NativeEngine
from fuzz.engines.pipeline import plan_of


def exported_functions(binary: bytes) -> dict[str, FuncType]:
    """By path, the parts joined by `#`. None for a component that we refuse: wasmtime may know its functions."""
    try:
        return _functions(plan_of(binary))
    except Refusal:
        return {}


def function_types(binary: bytes, environment: Environment) -> dict[str, FuncType]:
    """As `exported_functions`, of a valid component; from wasmtime where we refuse it."""
    try:
        return _functions(link(decode(binary), environment))
    except (Unsupported, Malformed, LinkError):
        return _told_by_wasmtime(binary)


def _functions(plan: Plan) -> dict[str, FuncType]:
    return {path: plan.function_type(item) for path, item in plan.function_exports().items()}


def _told_by_wasmtime(binary: bytes) -> dict[str, FuncType]:
    """Empty for a component that wasmtime does not accept, or dies of: what it lacks then shows when it is called."""
    try:
        return isolated(NativeEngine).call(_wasmtime_functions, binary)
    except (EngineDied, EngineHung):
        return {}


def _wasmtime_functions(binary: bytes) -> dict[str, FuncType]:
    try:
        exports = NativeEngine().load(binary).exports
    except Refusal:
        return {}
    return {path: item for path, item in exports.items() if isinstance(item, FuncType)}

"""From component bytes to what our two engines run, each stage done once for both.

The input is validated before `fact.decode` sees it: the decoder and the linker may assume a valid component.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from fact.adapters import compile_adapters, with_branches
from fact.decode import decode, layer
from fact.errors import LinkError, Malformed, Unsupported
from fact.link import Environment, link, partition
from fact.model.plan import CompiledAdapterModule, Plan
from fact.model.settings import Reentrance
from fact.run import Host, Instance, Prepared
from fuzz.engines.base import NOTHING, Refusal
from fuzz.validate import is_valid, refusal, validate

CACHED_PLANS = 16


def plan_of(binary: bytes, environment: Environment = NOTHING) -> Plan:
    """The partitioned plan of a component; raises `Refusal`. Kept for whoever asks next, if *environment* is empty."""
    return _kept_plan(binary) if environment == NOTHING else _plan(binary, environment)


@lru_cache(CACHED_PLANS)
def adapters_of(
    binary: bytes, reentrance: Reentrance = Reentrance.GUARDED, branches: bool = False
) -> tuple[CompiledAdapterModule, ...]:
    """The compiled adapter modules of a component, which are kept too; raises `Refusal`. *branches*: with counters."""
    return compiled(plan_of(binary), reentrance, branches)


def compiled(
    plan: Plan, reentrance: Reentrance = Reentrance.GUARDED, branches: bool = False
) -> tuple[CompiledAdapterModule, ...]:
    """The adapter modules of a plan; raises `Refusal`. *branches*: with counters."""
    try:
        modules = compile_adapters(plan, reentrance=reentrance)
    except Unsupported as error:
        raise Refusal("unsupported", str(error)) from error
    return with_branches(modules) if branches else modules


@lru_cache(CACHED_PLANS)
def _kept_plan(binary: bytes) -> Plan:
    return _plan(binary, NOTHING)


def _plan(binary: bytes, environment: Environment) -> Plan:
    if layer(binary) == "core module":
        raise Refusal("malformed", "a core module, where a component is expected")
    try:
        validate(binary)
    except Refusal as refused:
        raise _named(binary, refused) from None
    try:
        return partition(link(decode(binary), environment))
    except Unsupported as error:
        raise Refusal("unsupported", error.construct if error.offset is None else str(error)) from error
    except Malformed as error:
        raise Refusal("malformed", str(error)) from error
    except LinkError as error:
        raise Refusal("invalid" if environment == NOTHING else "unlinkable", str(error)) from error


def _named(binary: bytes, refused: Refusal) -> Refusal:
    """*refused*; or, where all that it lacks is a feature, the refusal of the construct that needs it under the name
    and with the offset that `fact` has for it."""
    if refused.kind == "unsupported" or is_valid(binary, "all"):
        try:
            decode(binary)
        except Unsupported as error:
            return Refusal("unsupported", str(error))
        except Malformed:
            return refused
    return refused


@dataclass(frozen=True, slots=True)
class OurComponent:
    """What our two engines load. What wasmtime's core API does not do is no crash of theirs, nor is a module of
    *environment* with a memory, table, global or tag of another type than it was imported with: linking does not see
    that."""

    prepared: Prepared
    environment: Environment

    def instantiate(self, host: Host) -> Instance:
        """As `fuzz.engines.base.Loaded`; raises `Trap`, and `Refusal` (unsupported, unlinkable)."""
        try:
            return self.prepared.instantiate(host)
        except LinkError as error:
            if (refused := refusal(str(error))).kind == "unsupported":
                raise refused from error
            if self.environment.modules and "incompatible import type" in str(error):
                raise Refusal("unlinkable", str(error)) from error
            raise

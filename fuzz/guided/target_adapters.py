"""Types and options through the adapter compiler: what it writes validates, instantiates, and does what the reference
does, byte for byte."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass

from wasmtime import Module, WasmtimeError, wat2wasm

from fact.adapters import compile_adapters, with_branches
from fact.errors import FactError, LinkError, Unsupported
from fact.model.plan import CompiledAdapterModule, Plan
from fact.model.types import Prim
from fact.run import BranchCounts, Prepared, prepare_compiled, prepare_reference
from fact.run.engine import engine
from fuzz.guided.boundary import Boundary, read_boundary
from fuzz.guided.boundary_edits import Mutator
from fuzz.guided.boundary_rig import Placed, Seen, placed, plan_of, run
from fuzz.guided.offence import Offence, stage
from fuzz.guided.target import Target
from generators.constants import Full
from generators.valtypes import walk

COLLECTED_AT = 5_000
"""As in `fuzz.campaign.worker`: less often than by itself."""

Count = Callable[[str, int], None]
"""Told the name of each branch that was taken, and how often."""


@dataclass(slots=True)
class Adapters:
    """Runs units. Raises `Offence`. Branches of adapters are counted where *count* wants to know."""

    count: Count | None = None
    ran: int = 0
    trapped: int = 0

    def __call__(self, data: bytes) -> None:
        boundary = read_boundary(data)
        if boundary is None:
            return
        try:
            caller, callee = placed(boundary)
            with stage("compiling", Unsupported):
                plan = plan_of(boundary)
                modules = compile_adapters(plan)
            reference, compiled, counts = self._prepared(plan, modules)
            seen = [_run(name, one, boundary, caller, callee) for name, one in
                    (("reference", reference), ("compiled", compiled))]
        except (Full, Unsupported):
            return
        if counts is not None and self.count is not None:
            for branch, times in counts.by_name().items():
                self.count(branch, times)
        self.ran += 1
        self.trapped += seen[0].trap is not None
        if difference := difference_between(boundary, *seen):
            raise Offence("comparing", difference)

    def _prepared(
        self, plan: Plan, modules: tuple[CompiledAdapterModule, ...]
    ) -> tuple[Prepared, Prepared, BranchCounts | None]:
        counts = None
        if self.count is not None:
            _validate(modules)  # as they are without counters
            modules = with_branches(modules)
            counts = BranchCounts(modules)
        try:
            with stage("preparing", Unsupported, LinkError):
                return prepare_reference(plan), prepare_compiled(plan, modules, branches=counts), counts
        except LinkError as error:
            raise Offence("validating", str(error)) from error

    def told(self) -> str:
        """A line for people."""
        return f"{self.ran} calls, {self.trapped} of them trapped"


def _validate(modules: tuple[CompiledAdapterModule, ...]) -> None:
    for module in modules:
        try:
            Module.validate(engine(False), wat2wasm(module.wat))
        except WasmtimeError as error:
            raise Offence("validating", f"adapter module {module.index}: {error}") from error


def _run(name: str, prepared: Prepared, boundary: Boundary, caller: Placed, callee: Placed) -> Seen:
    try:
        with stage(f"running on {name}", FactError):
            return run(prepared, boundary, caller, callee)
    except LinkError as error:
        raise Offence(f"running on {name}", str(error)) from error


# -- comparing


def difference_between(b: Boundary, reference: Seen, compiled: Seen) -> str:
    """In words; empty if there is none. After a trap the component's state is nobody's business, apart from what its
    guests were called with until then."""
    if reference.trap != compiled.trap:
        return f"reference {_outcome(reference)}, compiled {_outcome(compiled)}"
    for side, ours, theirs in zip(("caller", "callee"), reference.reallocs, compiled.reallocs, strict=True):
        if ours != theirs:
            return f"the {side}'s realloc is called otherwise: reference {_calls(ours)}, compiled {_calls(theirs)}"
    floats = _floats(b)
    if not same_bytes(reference.given, compiled.given, floats):
        return f"the callee is given other values: reference {reference.given.hex()}, compiled {compiled.given.hex()}"
    if reference.trap is not None:
        return ""
    returned = [b"".join(bits.to_bytes(8, "little") for bits in seen.returned) for seen in (reference, compiled)]
    if not same_bytes(returned[0], returned[1], floats):
        return f"returned: reference {reference.returned}, compiled {compiled.returned}"
    if not same_bytes(reference.after, compiled.after, floats):
        return f"post-return: reference {reference.after.hex()}, compiled {compiled.after.hex()}"
    for side, ours, theirs in zip(("caller", "callee"), reference.memories, compiled.memories, strict=True):
        if not same_bytes(ours, theirs, floats):
            at = next((i for i, (x, y) in enumerate(zip(ours, theirs, strict=False)) if x != y), len(ours)) & ~7
            return (f"the {side}'s memory at {at:#x}: reference {ours[at : at + 16].hex(' ')} of {len(ours)} bytes, "
                    f"compiled {theirs[at : at + 16].hex(' ')} of {len(theirs)}")
    return ""


def _floats(b: Boundary) -> tuple[Prim, ...]:
    types = b.signature.params if b.signature.result is None else (*b.signature.params, b.signature.result)
    found = {part for t in types for part in walk(t)}
    return tuple(p for p in (Prim.F32, Prim.F64) if p in found)


def same_bytes(a: bytes, b: bytes, floats: tuple[Prim, ...]) -> bool:
    """Whether they are equal but for the bits of NaNs, of those *floats* that are there. The reference canonicalises
    NaNs, compiled adapters pass their bits through: CanonicalABI.md, "Loading", allows either."""
    if a == b:
        return True
    if len(a) != len(b):
        return False
    return all(
        a[i : i + 8] == b[i : i + 8] or _same_word(a[i : i + 8], b[i : i + 8], floats) for i in range(0, len(a), 8)
    )


def _same_word(a: bytes, b: bytes, floats: tuple[Prim, ...]) -> bool:
    if Prim.F64 in floats and _is_nan(a, 52) and _is_nan(b, 52):
        return True
    halves = ((a[:4], b[:4]), (a[4:], b[4:]))
    return Prim.F32 in floats and all(x == y or (_is_nan(x, 23) and _is_nan(y, 23)) for x, y in halves)


def _is_nan(word: bytes, significand: int) -> bool:
    bits = int.from_bytes(word, "little") & (1 << 8 * len(word) - 1) - 1
    return bits > ((1 << 8 * len(word) - 1 - significand) - 1) << significand


def _outcome(seen: Seen) -> str:
    if seen.trap is None:
        return f"returned {seen.returned}"
    reason, site = seen.trap
    return f"trapped: {reason}" + ("" if site is None else f" at {site}")


def _calls(log: bytes) -> str:
    words = memoryview(log).cast("Q").tolist()
    calls = [tuple(words[i : i + 5]) for i in range(1, len(words), 5)]
    return f"{len(calls)} times, {calls[:6]} (old, size, alignment, new, returned)"


def target_of(count: Count | None = None, own: tuple[str, ...] = ()) -> Target:
    gc.set_threshold(COLLECTED_AT)
    mutator, adapters = Mutator(), Adapters(count)
    return Target(
        "adapters", adapters, mutator.mutate, mutator.cross, adapters.told, {"max_len": "16384"}, own
    )

"""The compiled adapters held to the vectors: CanonicalABI.md, from "Alignment" to "Lifting and Lowering Values"."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from test_vectors_reference import Guest, differ, hinted
from vector_form import BASE, HOSTILE_MEMORY, HostileRealloc, Lift, ReallocCall, Vector, read_vector, vectors_path
from vector_image import BITS, Image
from vector_rig import Batch, Crossing, Crossings, Rig, batch_of, engine

from fact.abi import (
    MAX_FLAT_PARAMS,
    MAX_FLAT_RESULTS,
    CanonicalOptions,
    ComponentInstance,
    CoreValue,
    CoreValueIter,
    LiftLowerContext,
    MemInst,
    flat_functype,
    lift_flat_values,
    lower_flat_values,
    to_host,
)
from fact.link.needs import adapter_needs
from fact.model.plan import InstanceExport
from fact.model.traps import Trap
from fact.model.types import CoreValType
from fact.model.values import Value, same_value

CHUNK, BATCH = 250, 25
LINES = vectors_path().read_text().splitlines()


@pytest.fixture(autouse=True)
def _memories_measured_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fact.run.engine._engine", lambda metered, profile: engine())


@pytest.mark.parametrize("first", range(1, len(LINES) + 1, CHUNK), ids=lambda first: f"from-line-{first}")
def test_compiled_adapters_agree_with_the_vectors(first: int, tmp_path: Path) -> None:
    vectors = [read_vector(line, text) for line, text in enumerate(LINES[first - 1 : first - 1 + CHUNK], first)]
    wrong: list[str] = []
    for i in range(0, len(vectors), BATCH):
        wrong += in_batch(batch_of(vectors[i : i + BATCH]), tmp_path)
    assert not wrong, f"{len(wrong)} differences, vectors of {vectors_path()}:\n" + "\n".join(wrong[:10])


def test_adapters_import_no_more_than_partitioning_counts_on() -> None:
    """Else an adapter module could stand before something that it imports (fact/link/partition.py)."""
    batch = batch_of([read_vector(line, text) for line, text in enumerate(LINES[:CHUNK], 1)])
    plan = batch.prepared.plan
    for module, members in zip(batch.adapters, plan.adapter_modules, strict=True):
        counted = {need for a in members.adapters for need in adapter_needs(plan, plan.adapters[a])}
        memories = {memory for support in module.support for memory in support.memories}
        imported = {i for i in (*module.imports, *memories) if type(i) is InstanceExport}
        assert imported and imported <= counted


def in_batch(batch: Batch, directory: Path) -> list[str]:
    """Differences in words, each with the text of the adapter at fault, which is then in *directory*."""
    rig = Rig(batch)
    wrong = []
    for check in (lowering, storing, hostility, lifting, sharing):
        for v, crossings in batch.vectors:
            try:
                found = [*check(rig, v, crossings)]
            except Exception as error:
                found = [(crossings.lower, f"{check.__name__}: {type(error).__name__}: {error}")]
            if found:
                rig.restart()
            wrong += [f"line {v.line}: {text}\n  {written(batch, crossing, directory)}" for crossing, text in found]
    return wrong


def written(batch: Batch, crossing: Crossing, directory: Path) -> str:
    """Where to look."""
    first = batch.vectors[0][0].line
    (module,) = (m for m in batch.adapters if f'"adapter:{crossing.adapter}"' in m.wat)
    path = directory / f"adapter-of-lines-from-{first}.{module.index}.wat"
    path.write_text(module.wat)
    return f"{crossing.type}, adapter:{crossing.adapter} in {path}"


Differences = Iterator[tuple[Crossing, str]]


# -- lowering


def lowering(rig: Rig, v: Vector, crossings: Crossings) -> Differences:
    """A parameter. One that spills is stored in an area that is the first allocation."""
    crossing = crossings.lower
    if len(v.flat_types) <= MAX_FLAT_PARAMS:
        expected = v.lower_flat.values, v.lower_flat.realloc, v.lower_flat.memory
    else:
        area: ReallocCall = (0, 0, v.align, v.size, v.store.at)
        expected = (v.store.at,), (area, *v.store.realloc), v.store.memory
    image, args = source_image(v, crossing)
    rig.prepare(crossing, image)
    yield from outcome(crossing, "lower", lambda: rig.call(crossing, args), None)
    values = [core_value(t, bits) for t, bits in zip(crossing.lift.params, rig.received(crossing), strict=True)]
    yield from effects(rig, v, crossing, values, "lower", *expected)


def storing(rig: Rig, v: Vector, crossings: Crossings) -> Differences:
    """A result. One that spills is stored where the caller says."""
    crossing = crossings.store
    image = Image(crossing.source.pointer, v.from_, v.tagged)
    spills = len(v.flat_types) > MAX_FLAT_RESULTS
    (bits,) = (image.stored(v.type, v.value),) if spills else image.flat(v.type, v.value)
    rig.prepare(crossing, image.data, v.store.at + v.size if spills else BASE)
    rig.make_return(crossing, bits)
    values: Sequence[CoreValue] = ()

    def call() -> None:
        nonlocal values
        values = rig.call(crossing, (v.store.at,) if spills else ())

    yield from outcome(crossing, "store", call, None)
    if spills:
        yield from effects(rig, v, crossing, values, "store", (), v.store.realloc, v.store.memory)
    else:
        yield from effects(rig, v, crossing, values, "lower result", v.lower_flat.values, (), b"")


def hostility(rig: Rig, v: Vector, crossings: Crossings) -> Differences:
    """Realloc returns what it may not; traps as in the reference, at the same site."""
    crossing, hostile = crossings.lower, v.hostile_realloc
    if hostile is None or len(v.flat_types) > MAX_FLAT_PARAMS:
        return
    expected = trap_of_reference_lowering(v, crossing, hostile)
    yield from ((crossing, d) for d in differ("reference: hostile realloc traps", expected is not None, hostile.traps))
    image, args = source_image(v, crossing)
    rig.prepare(crossing, image, hostile=hostile)
    yield from outcome(crossing, f"realloc {hostile.does}", lambda: rig.call(crossing, args), expected)
    calls = rig.realloc_calls()
    if not hostile.traps or calls != hostile.realloc[: len(calls)]:
        yield from ((crossing, d) for d in differ(f"realloc {hostile.does}: calls", calls, hostile.realloc))
    if expected is not None:
        rig.restart()


def source_image(v: Vector, crossing: Crossing) -> tuple[bytes, list[CoreValue]]:
    """A source memory with the vector's value, and the adapter's arguments for it."""
    image = Image(crossing.source.pointer, v.from_, v.tagged)
    spills = len(v.flat_types) > MAX_FLAT_PARAMS
    flat = [image.stored(v.type, v.value)] if spills else image.flat(v.type, v.value)
    args = [core_value(t, bits) for t, bits in zip(crossing.lower.params, flat, strict=True)]
    return bytes(image.data), args


def effects(
    rig: Rig, v: Vector, crossing: Crossing, found: Sequence[CoreValue], what: str,
    values: Sequence[CoreValue], realloc: Sequence[ReallocCall], memory: bytes,
) -> Differences:
    """What lowering left behind; the target memory is as the vector has it, and zero elsewhere."""
    yield from values_differ(crossing, what, found, values)
    yield from ((crossing, d) for d in differ(f"{what}: realloc", rig.realloc_calls(), tuple(realloc)))
    target = rig.target(crossing)
    top = BASE + len(memory)
    yield from ((crossing, d) for d in differ(f"{what}: memory", target[BASE:top].hex(), memory.hex()))
    if target.count(0, 0, BASE) != BASE or target.count(0, top) != len(target) - top:
        yield crossing, f"{what}: bytes are written outside of what was allocated"


def trap_of_reference_lowering(v: Vector, crossing: Crossing, hostile: HostileRealloc) -> Trap | None:
    guest = Guest(v, BASE, hostile)
    params = flat_functype(crossing.type, "lift", v.pointer).params
    try:
        lower_flat_values(guest.cx, MAX_FLAT_PARAMS, [hinted(v.type, v.value, v)], params)
    except Trap as trap:
        return trap
    return None


# -- lifting


def lifting(rig: Rig, v: Vector, crossings: Crossings) -> Differences:
    """Lifts in the order of their memories' lengths, which cannot shrink."""
    flat = len(v.flat_types)
    for lift in sorted(v.lifts, key=lambda lift: len(lift.memory)):
        if flat <= MAX_FLAT_PARAMS:
            yield from lifted(rig, v, lift, crossings.lift)
        if flat <= MAX_FLAT_RESULTS:
            yield from lifted(rig, v, lift, crossings.lift_result)


HOSTILE = HostileRealloc(0, "oob", True, ())
"""What lifting orders comes before the first call of realloc."""


def lifted(rig: Rig, v: Vector, lift: Lift, crossing: Crossing) -> Differences:
    what = f"lift {v.lifts.index(lift)}"
    is_result = crossing.type.params == ()
    expected, value = lifted_by_reference(v, lift, crossing)
    yield from ((crossing, d) for d in differ(f"reference: {what}: traps", expected is not None, lift.traps))
    rig.prepare(crossing, lift.memory, hostile=None if expected is None else HOSTILE)
    results: Sequence[CoreValue] = ()

    def call() -> None:
        nonlocal results
        if is_result:
            rig.make_return(crossing, core_bits(v.flat_types[0], lift.values[0]))
        results = rig.call(crossing, () if is_result else lift.values)

    yield from outcome(crossing, what, call, expected)
    if expected is not None:
        rig.restart()
        return
    if not is_result:
        results = [core_value(t, bits) for t, bits in zip(crossing.lift.params, rig.received(crossing), strict=True)]
    yield from ((crossing, d) for d in differences_of_values(what, arrived(rig, crossing, results), value, lift))


def differences_of_values(what: str, found: Value | Trap, value: Value | None, lift: Lift) -> Iterator[str]:
    if isinstance(found, Trap):
        yield f"{what}: what was lowered cannot be lifted: {found}"
    elif lift.value is not None and not same_value(found, lift.value):
        yield from differ(f"{what}: value", found, lift.value)


def lifted_by_reference(v: Vector, lift: Lift, crossing: Crossing) -> tuple[Trap | None, Value | None]:
    options = CanonicalOptions(v.to, MemInst(bytearray(lift.memory), v.pointer))
    return reference_lift(crossing, options, lift.values)


def arrived(rig: Rig, crossing: Crossing, values: Sequence[CoreValue]) -> Value | Trap:
    """What the adapter lowered, lifted by the reference again."""
    target = crossing.target
    options = CanonicalOptions(target.string_encoding, MemInst(bytearray(rig.target(crossing)), target.pointer))
    trap, value = reference_lift(crossing, options, values)
    if trap is not None:
        return trap
    assert value is not None
    return value


def reference_lift(
    crossing: Crossing, options: CanonicalOptions, values: Sequence[CoreValue]
) -> tuple[Trap | None, Value | None]:
    cx = LiftLowerContext(options, ComponentInstance())
    is_result = crossing.type.params == ()
    ft = flat_functype(crossing.type, "lift" if is_result else "lower", cx.ptr_type)
    max_flat, types = (MAX_FLAT_RESULTS, ft.result) if is_result else (MAX_FLAT_PARAMS, ft.params)
    try:
        (value,) = lift_flat_values(cx, max_flat, CoreValueIter(values), types)
    except Trap as trap:
        return trap, None
    return None, to_host(value)


# -- one memory


def sharing(rig: Rig, v: Vector, crossings: Crossings) -> Differences:
    """The allocator, and the caller's area for a result, begin somewhere in the source: everything is lifted before
    anything is lowered."""
    if len(source_image(v, crossings.shared)[0]) < HOSTILE_MEMORY:
        yield from shared_param(rig, v, crossings.shared)
        yield from shared_result(rig, v, crossings.shared_result)


def shared_param(rig: Rig, v: Vector, crossing: Crossing) -> Differences:
    image, args = source_image(v, crossing)
    top = somewhere(v, image)
    guest, value = shared_by_reference(v, crossing, image, args, top)
    flat = lower_flat_values(guest.cx, MAX_FLAT_PARAMS, [value], flat_functype(crossing.type, "lift", v.pointer).params)
    rig.prepare_shared(crossing, image, top)
    yield from outcome(crossing, "shared", lambda: rig.call(crossing, args), None)
    found = [core_value(t, bits) for t, bits in zip(crossing.lift.params, rig.received(crossing), strict=True)]
    yield from shared_effects(rig, crossing, guest, "shared", found, flat)


def shared_result(rig: Rig, v: Vector, crossing: Crossing) -> Differences:
    image = Image(v.pointer, v.from_, v.tagged)
    spills = len(v.flat_types) > MAX_FLAT_RESULTS
    (bits,) = (image.stored(v.type, v.value),) if spills else image.flat(v.type, v.value)
    top = somewhere(v, image.data)
    area = (top // 2 // v.align * v.align,) if spills else ()
    guest, value = shared_by_reference(v, crossing, image.data, [core_value(crossing.lift.results[0], bits)], top)
    types = flat_functype(crossing.type, "lower", v.pointer).result
    flat = lower_flat_values(guest.cx, MAX_FLAT_RESULTS, [value], types, CoreValueIter(area))
    rig.prepare_shared(crossing, image.data, top)
    rig.make_return(crossing, bits)
    found: Sequence[CoreValue] = ()

    def call() -> None:
        nonlocal found
        found = rig.call(crossing, area)

    yield from outcome(crossing, "shared result", call, None)
    yield from shared_effects(rig, crossing, guest, "shared result", found, flat)


def somewhere(v: Vector, image: bytes | bytearray) -> int:
    """An address in *image* that depends on the vector's number."""
    return BASE + 8 * v.line % (len(image) - BASE + 8)


def shared_by_reference(
    v: Vector, crossing: Crossing, image: bytes | bytearray, flat: Sequence[CoreValue], top: int
) -> tuple[Guest, Value]:
    """The value of *flat* in *image*, still with its hints, and the guest that it is to be lowered into."""
    guest = Guest(v, top)
    guest.memory.data[: len(image)] = image
    cx = LiftLowerContext(CanonicalOptions(v.from_, guest.memory), ComponentInstance())
    if crossing.type.params:
        types = flat_functype(crossing.type, "lower", v.pointer).params
        (value,) = lift_flat_values(cx, MAX_FLAT_PARAMS, CoreValueIter(flat), types)
    else:
        types = flat_functype(crossing.type, "lift", v.pointer).result
        (value,) = lift_flat_values(cx, MAX_FLAT_RESULTS, CoreValueIter(flat), types)
    return guest, value


def shared_effects(
    rig: Rig, crossing: Crossing, guest: Guest, what: str, found: Sequence[CoreValue], flat: Sequence[CoreValue]
) -> Differences:
    yield from values_differ(crossing, what, found, flat)
    yield from ((crossing, d) for d in differ(f"{what}: realloc", [*rig.realloc_calls()], guest.calls))
    expected, target = bytes(guest.memory.data), rig.target(crossing)
    length = min(len(expected), len(target))
    if expected[:length] != target[:length]:
        first = next(i for i in range(length) if expected[i] != target[i])
        yield crossing, f"{what}: memory from {first}: {target[first:first + 32].hex()} " \
                        f"instead of {expected[first:first + 32].hex()}"


# -- outcomes and core values


def outcome(crossing: Crossing, what: str, call: Callable[[], object], expected: Trap | None) -> Differences:
    """Whether a call traps as it should: for the same reason, at the same site."""
    found = None
    try:
        call()
    except Trap as trap:
        found = trap
    yield from ((crossing, d) for d in differ(f"{what}: outcome", in_words(found), in_words(expected)))


def values_differ(
    crossing: Crossing, what: str, found: Sequence[CoreValue], expected: Sequence[CoreValue]
) -> Differences:
    """Core values that the callee got, or the caller. Zero is an integer in the reference, whatever the slot's type."""
    if len(found) != len(expected) or not all(
        same_value(f, float(e) if isinstance(f, float) else e) for f, e in zip(found, expected, strict=True)
    ):
        yield from ((crossing, d) for d in differ(f"{what}: values", [*found], [*expected]))


def in_words(trap: Trap | None) -> str:
    return "returned" if trap is None else f"trapped: {trap.reason.value} at {trap.site}"


def core_value(t: CoreValType, bits: int) -> CoreValue:
    """A value of core type *t* from its bits."""
    if t in ("i32", "i64"):
        return bits
    return float(struct.unpack("<f" if t == "f32" else "<d", bits.to_bytes(BITS[t] // 8, "little"))[0])


def core_bits(t: CoreValType, value: CoreValue) -> int:
    if isinstance(value, int):
        return value
    if math.isnan(value):
        return 0x7FC00000 if t == "f32" else 0x7FF8 << 48
    return int.from_bytes(struct.pack("<f" if t == "f32" else "<d", value), "little")

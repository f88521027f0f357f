"""Values passed as core values: checking them, and moving them to core values of the other side.

CanonicalABI.md, "Flat Lifting" and "Flat Lowering". A core value is an expression without effects, such as a parameter
or what is wrapped or reinterpreted from one. Bits of NaNs pass through, which the specification allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fact.adapters import handles, strings
from fact.adapters.checking import Checking, case_titles
from fact.adapters.dispatch import Branch, dispatch, membership
from fact.adapters.function import Function
from fact.adapters.memory import converted
from fact.adapters.moving import Moving
from fact.adapters.rows import CHARS, cases_row, check_one
from fact.adapters.shapes import (
    ArrayShape,
    FlagsShape,
    Flat,
    HandleShape,
    ListShape,
    RecordShape,
    ScalarShape,
    Shape,
    StringShape,
    VariantShape,
)
from fact.adapters.wat import Line, get, i32, i32_hex
from fact.model.plan import ScratchMemory
from fact.model.types import Borrow, CoreValType, Own, Prim, PtrType

MOST_SELECTS = 3
"""For a slot of a variant; with more, branching is better."""


@dataclass(frozen=True, slots=True)
class CoreValue:
    type: CoreValType
    text: str


Values = list[CoreValue]


def flat_of(shape: Shape, pointer: PtrType) -> Flat:
    flat = shape.flat(pointer)
    assert flat is not None, "only asked for what is passed flat"
    return flat


def parts(shape: ArrayShape | RecordShape) -> list[tuple[str, Shape]]:
    """The values that *shape* consists of, each with its step of the path."""
    if isinstance(shape, RecordShape):
        return [(f".{label}", part) for label, part in shape.fields]
    return [("[]", shape.element)] * shape.length


@dataclass(frozen=True, slots=True)
class Slots:
    """Names the locals that values are moved to: *name*, *stage* and the number of the flat value from *first* on.

    The cases of a variant share their locals: only one of them is there."""

    fn: Function
    name: str
    stage: str = ""
    first: int = 0

    def local(self, number: int, t: CoreValType) -> str:
        return self.fn.shared(f"{self.name}{self.stage}.out.{self.first + number}", t)

    def rep(self) -> str:
        """The local for the representation of a handle, in every stage the same."""
        return self.fn.shared(f"{self.name}.rep.{self.first}", "i32")

    def past(self, count: int) -> Slots:
        return Slots(self.fn, self.name, self.stage, self.first + count)


# -- checking


def check_flat(
    checking: Checking, shape: Shape, values: Sequence[CoreValue], path: str, slots: Slots
) -> Iterator[Line]:
    """All that lifting *values*, at the site *path*, can trap for; *slots* hold the representations of handles."""
    fn, scope, p = checking.fn, checking.scope, checking.options.pointer
    match shape:
        case ScalarShape(prim=Prim.CHAR):
            yield from check_one(scope, CHARS, values[0].text, fn.sites.site(path))
        case StringShape():
            yield from strings.check(fn, checking.options, values[0].text, values[1].text, fn.sites.site(path))
        case HandleShape(type=t):
            yield f"(local.set {slots.rep()} {handles.lift(fn, t, checking.instance, values[0].text, path)})"
        case ListShape():
            yield from checking.list(shape, values[0].text, values[1].text, path)
        case ArrayShape() | RecordShape():
            at = 0
            for step, part in parts(shape):
                end = at + len(flat_of(part, p))
                yield from check_flat(checking, part, values[at:end], path + step, slots.past(at))
                at = end
        case VariantShape(cases=cases):
            yield from check_one(scope, cases_row(4, len(cases)), values[0].text, fn.sites.site(path))
            groups: dict[tuple[Line, ...], list[int]] = {}
            for number, label, payload in shape.payloads():
                inside = lifted_payload(payload, p, values[1:])
                if lines := tuple(check_flat(checking, payload, inside, f"{path}.{label}", slots.past(1))):
                    groups.setdefault(lines, []).append(number)
            branches = [Branch(tuple(c), f"-- {path}, {case_titles(tuple(c))}", body) for body, c in groups.items()]
            yield from dispatch(values[0].text, len(cases), branches)


# -- moving


def move_flat(
    moving: Moving, shape: Shape, values: Sequence[CoreValue], path: str, slots: Slots
) -> tuple[list[Line], Values]:
    """Statements to run, and the values then passed on: as many as *values*, of the destination's types."""
    source, destination = moving.crossing.pointers
    match shape:
        case ScalarShape(prim=prim):
            return [], [CoreValue(values[0].type, canonical(prim, values[0].text))]
        case FlagsShape(count=count):
            value = values[0].text
            return [], [CoreValue("i32", value if count == 32 else f"(i32.and {value} {i32_hex((1 << count) - 1)})")]
        case StringShape():
            pointer, units = (slots.local(i, destination) for i in (0, 1))
            lines = list(moving.string(values[0].text, values[1].text, path, pointer, units))
            return lines, [CoreValue(destination, get(pointer)), CoreValue(destination, get(units))]
        case HandleShape(type=t):
            return _move_handle(moving, t, values, path, slots)
        case ListShape():
            pointer = slots.local(0, destination)
            lines = list(moving.list(shape, values[0].text, values[1].text, path, pointer))
            length = CoreValue(destination, converted(values[1].text, source, destination))
            return lines, [CoreValue(destination, get(pointer)), length]
        case ArrayShape() | RecordShape():
            lines, moved_values, at = [], Values(), 0
            for step, part in parts(shape):
                end = at + len(flat_of(part, source))
                more_lines, more_values = move_flat(moving, part, values[at:end], path + step, slots.past(at))
                lines += more_lines
                moved_values += more_values
                at = end
            return lines, moved_values
        case VariantShape():
            return _move_variant(moving, shape, values, path, slots)


def _move_handle(
    moving: Moving, t: Own | Borrow, values: Sequence[CoreValue], path: str, slots: Slots
) -> tuple[list[Line], Values]:
    if isinstance(moving.crossing.destination.memory, ScratchMemory):
        return [], list(values)
    rep = get(slots.rep())
    lowered = handles.lower(moving.fn, t, moving.crossing.instance, rep, path)
    if lowered == rep:
        return [], [CoreValue("i32", rep)]
    index = slots.local(0, "i32")
    return [f"(local.set {index} {lowered})"], [CoreValue("i32", get(index))]


def _move_variant(
    moving: Moving, shape: VariantShape, values: Sequence[CoreValue], path: str, slots: Slots
) -> tuple[list[Line], Values]:
    source, destination = moving.crossing.pointers
    wanted = shape.joined(destination)
    targets = [slots.local(i, t) for i, t in enumerate(wanted, start=1)]
    cases: list[tuple[int, list[Line], list[str]]] = []
    for number, label, payload in shape.payloads():
        inside = lifted_payload(payload, source, values[1:])
        lines, moved = move_flat(moving, payload, inside, f"{path}.{label}", slots.past(1))
        cases.append((number, lines, [as_joined(value, want) for value, want in zip(moved, wanted, strict=False)]))
    chosen: list[Line] = []
    if any(lines for _, lines, _ in cases) or (simple := _selected(shape, values[0].text, wanted, cases)) is None:
        groups: dict[tuple[Line, ...], list[int]] = {}
        for number, lines, joined in cases:
            changed = [(t, value) for t, value in zip(targets, joined, strict=False) if value != get(t)]
            lines += [f"(local.set {target} {value})" for target, value in changed]
            groups.setdefault(tuple(lines), []).append(number)
        branches = [Branch(tuple(c), f"-- {path}, {case_titles(tuple(c))}", body) for body, c in groups.items()]
        chosen += dispatch(values[0].text, len(shape.cases), branches)
    else:
        chosen += (f"(local.set {target} {value})" for target, value in zip(targets, simple, strict=True))
    return chosen, [values[0], *(CoreValue(t, get(slot)) for t, slot in zip(wanted, targets, strict=True))]


def _selected(
    shape: VariantShape, case: str, wanted: Flat, cases: Sequence[tuple[int, list[Line], list[str]]]
) -> list[str] | None:
    """The value of each slot by selects, where few suffice; *cases* has the slots of each case with a payload."""
    found = []
    for slot, t in enumerate(wanted):
        values = dict.fromkeys(range(len(shape.cases)), f"({t}.const 0)")
        values |= {number: joined[slot] for number, _, joined in cases if slot < len(joined)}
        groups: dict[str, list[int]] = {}
        for number, value in values.items():
            groups.setdefault(value, []).append(number)
        *others, (value, _) = sorted(groups.items(), key=lambda group: len(group[1]))
        conditions = [membership(case, len(shape.cases), tuple(numbers)) for _, numbers in others]
        if len(others) > MOST_SELECTS or None in conditions:
            return None
        for (other, _), condition in zip(others, conditions, strict=True):
            value = f"(select {other} {value} {condition})"
        found.append(value)
    return found


def lifted_payload(payload: Shape, pointer: PtrType, slots: Sequence[CoreValue]) -> Values:
    """The flat values of *payload* out of the joined *slots* of its variant; the other slots are ignored."""
    return [_from_joined(have, want) for have, want in zip(slots, flat_of(payload, pointer), strict=False)]


def _from_joined(have: CoreValue, want: CoreValType) -> CoreValue:
    match have.type, want:
        case "i32", "f32":
            return CoreValue(want, f"(f32.reinterpret_i32 {have.text})")
        case "i64", "i32":
            return CoreValue(want, f"(i32.wrap_i64 {have.text})")
        case "i64", "f32":
            return CoreValue(want, f"(f32.reinterpret_i32 (i32.wrap_i64 {have.text}))")
        case "i64", "f64":
            return CoreValue(want, f"(f64.reinterpret_i64 {have.text})")
        case _:
            return have


def as_joined(have: CoreValue, want: CoreValType) -> str:
    """The value of a payload as the slot of its variant takes it; what was made of a slot's bits is those bits."""
    match have.type, want:
        case "f32", "i32":
            return _undone("f32.reinterpret_i32", have.text) or f"(i32.reinterpret_f32 {have.text})"
        case "i32", "i64":
            bits = _undone("i32.wrap_i64", have.text)
            return f"(i64.and {bits} (i64.const 0xffffffff))" if bits else f"(i64.extend_i32_u {have.text})"
        case "f32", "i64":
            return as_joined(CoreValue("i32", as_joined(have, "i32")), want)
        case "f64", "i64":
            return _undone("f64.reinterpret_i64", have.text) or f"(i64.reinterpret_f64 {have.text})"
        case _:
            return have.text


def _undone(instruction: str, text: str) -> str | None:
    """The operand of *text*, if *instruction* is the outermost."""
    prefix = f"({instruction} "
    return text[len(prefix):-1] if text.startswith(prefix) else None


def canonical(prim: Prim, value: str) -> str:
    """The one canonical core value of what *value* means as a *prim*."""
    match prim:
        case Prim.BOOL:
            return f"(i32.ne {value} {i32(0)})"
        case Prim.U8:
            return f"(i32.and {value} {i32_hex(0xFF)})"
        case Prim.U16:
            return f"(i32.and {value} {i32_hex(0xFFFF)})"
        case Prim.S8:
            return f"(i32.extend8_s {value})"
        case Prim.S16:
            return f"(i32.extend16_s {value})"
        case _:
            return value

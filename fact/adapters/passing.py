"""Parameters and results on their way: checked on one side, moved to the other, as core values or through memory.

CanonicalABI.md, "Lifting and Lowering Values": lift_flat_values and lower_flat_values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fact.adapters import handles, scratch
from fact.adapters.checking import Checking
from fact.adapters.flat import CoreValue, Slots, Values, check_flat, flat_of, move_flat
from fact.adapters.function import INLINED_STRINGS, AdapterSites, Function
from fact.adapters.memory import Place, constant, misaligned, outside
from fact.adapters.moves import joined, placed
from fact.adapters.moving import Crossing, Moving
from fact.adapters.scope import ModuleScope
from fact.adapters.shapes import (
    HandleShape,
    Layout,
    ListShape,
    RecordShape,
    Shape,
    StringShape,
    VariantShape,
    inside_out,
    kind,
)
from fact.adapters.signature import Signature
from fact.adapters.wat import Line, Names, Note, get, i32
from fact.errors import LinkError
from fact.model.plan import Adapter, Lift, Options
from fact.model.traps import TrapReason
from fact.model.types import Borrow, ValType

PARAMS = "$params"
RETURN = "$return"
BY_SCRATCH = Note("-- by way of the scratch memory: both sides may be one memory")


@dataclass(frozen=True, slots=True)
class Param:
    label: str
    type: ValType
    shape: Shape
    locals: tuple[str, ...]
    """Of its flat values; none when the parameters are spilled."""

    @property
    def path(self) -> str:
        return f"param {self.label}"


@dataclass(frozen=True, slots=True)
class Passing:
    """What passes in one adapter, whose function is *fn*."""

    fn: Function
    adapter: Adapter
    lift: Lift
    signature: Signature
    params: tuple[Param, ...]
    lends: bool
    """Whether the caller may lend handles for the call."""
    borrows: bool
    """Whether the callee may be given handles that it has to drop before it returns: not those of resources that it
    implements itself."""

    @classmethod
    def of(cls, scope: ModuleScope, adapter: Adapter) -> Passing:
        """Raises `LinkError` for a missing option."""
        lift = scope.plan.lifts[adapter.lift]
        signature = Signature.of(scope.shapes, adapter.type)
        _check_options(adapter, lift, signature)
        names = Names((PARAMS, RETURN))
        params = tuple(
            Param(label, t, shape, () if signature.params_spill else tuple(_names(names, shape, label)))
            for (label, shape), t in zip(signature.params.fields, adapter.type.param_types, strict=True)
        )
        strings = _strings(signature.params) + (_strings(signature.result) if signature.result is not None else 0)
        fn = Function(scope, AdapterSites(scope), names, strings > INLINED_STRINGS)
        borrowed = _borrowed(signature) if scope.plan.resources else set()
        to_drop = {resource for resource in borrowed if scope.plan.resources[resource].instance != lift.instance}
        return cls(fn, adapter, lift, signature, params, bool(borrowed), bool(to_drop))

    @property
    def scope(self) -> ModuleScope:
        return self.fn.scope

    def declared(self) -> str:
        """The parameters and the result of the function."""
        names = [PARAMS] if self.signature.params_spill else [name for p in self.params for name in p.locals]
        names += [RETURN] if self.signature.result_spills else []
        t = self.signature.lower_type(self.adapter.options.pointer)
        params = "".join(f" (param {name} {core})" for name, core in zip(names, t.params, strict=True))
        return params + "".join(f" (result {core})" for core in t.results)

    # -- parameters

    def check_params(self) -> Iterator[Line]:
        options = _as_source(self.adapter.options)
        checking = Checking(self.fn, options, self.adapter.caller)
        if not self.signature.params_spill:
            for p in self.params:
                lines = tuple(check_flat(checking, p.shape, _values(p, options), p.path, Slots(self.fn, p.label)))
                yield Note(f"-- lift param {p.label}: {self.kind(p.type)}{'' if lines else ', nothing to check'}")
                yield from lines
            return
        area = self.signature.params.layout(options.pointer)
        yield Note(f"-- lift params: {area.size} bytes, aligned to {area.align}")
        at = checking.place(PARAMS)
        yield from self.check_area(area, at, "params")
        for p, offset in zip(self.params, self.signature.params.offsets(options.pointer), strict=True):
            if checks := self.scope.checks.within(p.shape, options.pointer):
                yield Note(f"-- lift param {p.label}: {self.kind(p.type)}")
                yield from checking.all(checks, at.plus(offset), p.path)

    def move_params(self) -> tuple[list[Line], list[str]]:
        """Moves the parameters; and what the callee is then called with."""
        crossing = Crossing(_as_source(self.adapter.options), _as_destination(self.lift.options), self.lift.instance)
        as_they_come = [_values(p, crossing.source) for p in self.params]
        through_memory = self.signature.params_spill or self.signature.params.dynamic
        if not (through_memory and self.within_one_instance()):
            return self.move_all(crossing, as_they_come, PARAMS, "")
        first, second = _by_scratch(crossing)
        p = first.destination.pointer
        mark, staged = self.fn.local("mark", p), self.fn.local("params.staged", p)
        lines: list[Line] = [BY_SCRATCH, f"(local.set {mark} (call {scratch.top(self.scope, p)}))"]
        to_scratch, halfway = self.move_all(first, as_they_come, PARAMS, ".staged")
        lines += to_scratch
        values: list[Values] = [[]] * len(self.params)
        if self.signature.params_spill:
            lines.append(f"(local.set {staged} {halfway[0]})")
        else:
            texts = iter(halfway)
            values = [[CoreValue(t, next(texts)) for t in flat_of(x.shape, p)] for x in self.params]
        from_scratch, arguments = self.move_all(second, values, staged, "")
        return [*lines, *from_scratch, f"(call {scratch.release(self.scope, p)} {get(mark)})"], arguments

    def move_all(
        self, crossing: Crossing, values: Sequence[Values], area: str, suffix: str
    ) -> tuple[list[Line], list[str]]:
        """Moves the flat *values* of each parameter, or what lies in the area at local *area*; and where that is then.
        Names of locals end in *suffix*."""
        if self.signature.params_spill:
            new = self.fn.local(f"params.out{suffix}", crossing.destination.pointer)
            return list(self.move_area(crossing, area, new)), [get(new)]
        moving, found, arguments = Moving(self.fn, crossing), list[Line](), list[str]()
        for p, flat in zip(self.params, values, strict=True):
            lines, moved = move_flat(moving, p.shape, flat, p.path, Slots(self.fn, p.label, suffix))
            found += [Note(f"-- lower param {p.label}: {self.kind(p.type)}"), *lines] if lines else []
            arguments += [value.text for value in moved]
        return found, arguments

    def move_area(self, crossing: Crossing, area: str, new: str) -> Iterator[Line]:
        """All parameters from local *area* to where local *new* is then."""
        moving, record, destination = Moving(self.fn, crossing), self.signature.params, crossing.destination.pointer
        layout = record.layout(destination)
        yield Note(f"-- lower params: {layout.size} bytes, aligned to {layout.align}")
        size, site = constant(destination, layout.size), self.scope.site("params")
        yield from moving.allocate(layout.align, size, new, site)
        offsets = (record.offsets(pointer) for pointer in crossing.pointers)
        moves = joined(
            move
            for p, s, d in zip(self.params, *offsets, strict=True)
            for move in placed(self.scope.moves.within(p.shape, *crossing.pointers), s, d, p.path)
        )
        yield from moving.all(moves, moving.source(area), moving.destination(new), "")

    # -- results

    def result(self, local: str) -> tuple[list[Line], str]:
        """Checks and moves what the callee returned, in *local*; and the value that the adapter then returns, which
        is empty if there is none."""
        source, destination = _as_source(self.lift.options), _as_destination(self.adapter.options)
        crossing = Crossing(source, destination, self.adapter.caller)
        shape, t = self.signature.result, self.adapter.type.result
        assert shape is not None and t is not None, "the callee returned something"
        title = Note(f"-- lift result: {self.kind(t)}")
        if self.signature.result_spills:
            return [title, *self.spilled_result(crossing, shape, local)], ""
        value = CoreValue(flat_of(shape, source.pointer)[0], get(local))
        slots = Slots(self.fn, "result")
        checks = check_flat(Checking(self.fn, source, self.lift.instance), shape, [value], "result", slots)
        lines, moved = move_flat(Moving(self.fn, crossing), shape, [value], "result", slots)
        return [title, *checks, *self.close_scope(), *lines], moved[0].text

    def spilled_result(self, crossing: Crossing, shape: Shape, result: str) -> Iterator[Line]:
        """From the address in local *result*."""
        source, destination = crossing.pointers
        checking = Checking(self.fn, crossing.source, self.lift.instance)
        yield from self.check_area(shape.layout(source), checking.place(result), "result")
        yield from checking.all(self.scope.checks.within(shape, source), checking.place(result), "result")
        yield from self.close_scope()
        yield Note("-- lower result")
        returned = Moving(self.fn, crossing).destination(RETURN)
        yield from self.check_area(shape.layout(destination), returned, "result")
        yield from self.move_result(crossing, shape, result)

    def move_result(self, crossing: Crossing, shape: Shape, result: str) -> Iterator[Line]:
        if not self.within_one_instance():
            yield from self.move_value(crossing, shape, result, RETURN)
            return
        first, second = _by_scratch(crossing)
        p = first.destination.pointer
        layout = shape.layout(p)
        mark, staged = self.fn.local("mark", p), self.fn.local("result.staged", p)
        yield BY_SCRATCH
        yield f"(local.set {mark} (call {scratch.top(self.scope, p)}))"
        yield from Moving(self.fn, first).allocate(layout.align, constant(p, layout.size), staged, i32(0))
        yield from self.move_value(first, shape, result, staged)
        yield from self.move_value(second, shape, staged, RETURN)
        yield f"(call {scratch.release(self.scope, p)} {get(mark)})"

    def move_value(self, crossing: Crossing, shape: Shape, source: str, destination: str) -> Iterator[Line]:
        """The result from the address in local *source* to that in local *destination*."""
        moving = Moving(self.fn, crossing)
        moves = self.scope.moves.within(shape, *crossing.pointers)
        yield from moving.all(moves, moving.source(source), moving.destination(destination), "result")

    def result_is_passed_on(self) -> bool:
        """Whether the result, if any, is core values that need neither a check nor a change."""
        if self.signature.result is None or self.signature.result_spills:
            return self.signature.result is None
        lines, value = self.result("$result")
        return value == get("$result") and all(isinstance(line, Note) for line in lines)

    def close_scope(self) -> Iterator[Line]:
        """What has been lifted is returned: nothing borrowed may be left (Task.return_)."""
        if self.borrows:
            yield Note("-- the callee has dropped what it borrowed")
            yield from handles.close_scope(self.scope)

    # -- both

    def kind(self, t: ValType) -> str:
        return self.scope.plan.with_names(kind(t))

    def within_one_instance(self) -> bool:
        return self.adapter.caller == self.lift.instance

    def check_area(self, area: Layout, at: Place, site: str) -> Iterator[Line]:
        """Checks a pointer that a guest gave."""
        pointer = get(at.pointer)
        if area.align > 1:
            wrong = misaligned(at.type, pointer, area.align)
            yield from self.scope.trap_if(wrong, TrapReason.POINTER_MISALIGNED, site)
        beyond = outside(at.type, at.memory, pointer, constant(at.type, area.size))
        yield from self.scope.trap_if(beyond, TrapReason.POINTER_OUT_OF_BOUNDS, site)



def _names(names: Names, shape: Shape, label: str) -> Iterator[str]:
    """Locals for the flat values of *shape*."""
    match shape:
        case ListShape():
            steps = ["ptr", "length"]
        case StringShape():
            steps = ["ptr", "units"]
        case VariantShape():
            steps = ["case", *map(str, range(1, len(flat_of(shape, "i32"))))]
        case RecordShape(fields=fields):
            for step, part in fields:
                yield from _names(names, part, f"{label}.{step}")
            return
        case _:
            count = len(flat_of(shape, "i32"))
            steps = [""] if count == 1 else [str(i) for i in range(count)]
    yield from (names.unique(f"{label}.{step}" if step else label) for step in steps)


def _borrowed(signature: Signature) -> set[int]:
    """The resources that there are borrowed handles for among the parameters."""
    found = (part.type for part in inside_out(signature.params) if isinstance(part, HandleShape))
    return {t.resource for t in found if isinstance(t, Borrow)}


def _strings(shape: Shape) -> int:
    """How many strings there are in *shape* outside of lists."""
    counts: dict[int, int] = {}
    for part in inside_out(shape):
        match part:
            case StringShape():
                counts[id(part)] = 1
            case RecordShape(fields=fields):
                counts[id(part)] = sum(counts[id(inner)] for _, inner in fields)
            case VariantShape():
                counts[id(part)] = sum(counts[id(payload)] for _, _, payload in part.payloads())
            case _:
                counts[id(part)] = 0
    return counts[id(shape)]


def _values(param: Param, options: Options) -> Values:
    """The flat values of *param* as they come; none when it comes through memory."""
    if not param.locals:
        return []
    return [
        CoreValue(t, get(name)) for t, name in zip(flat_of(param.shape, options.pointer), param.locals, strict=True)
    ]


def _as_source(options: Options) -> Options:
    return replace(options, realloc=None, post_return=None)


def _as_destination(options: Options) -> Options:
    return replace(options, post_return=None)


def _by_scratch(crossing: Crossing) -> tuple[Crossing, Crossing]:
    """To the scratch memory and from there."""
    halfway = scratch.scratch_options(crossing.source)
    return replace(crossing, destination=halfway), replace(crossing, source=halfway)


def _check_options(adapter: Adapter, lift: Lift, signature: Signature) -> None:
    """Raises `LinkError` for an option that is needed and not there, which validation should have refused
    (CanonicalABI.md, "canonopt Validation")."""
    params, result = signature.params, signature.result
    through_memory = signature.params_spill or params.dynamic
    result_dynamic = result is not None and result.dynamic
    for function, option, item, is_needed in (
        (adapter.name, "memory", adapter.options.memory, through_memory or signature.result_spills),
        (adapter.name, "realloc", adapter.options.realloc, result_dynamic),
        (lift.name, "memory", lift.options.memory, through_memory or signature.result_spills),
        (lift.name, "realloc", lift.options.realloc, through_memory),
    ):
        if is_needed and item is None:
            raise LinkError(f"function {function!r} passes values through memory and lacks the option {option}")

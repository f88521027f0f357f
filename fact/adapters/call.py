"""One synchronous call through an adapter, in the order that the specification gives it.

CanonicalABI.md, "Embedding" (Store.lift), "Lifting and Lowering Values", "canon lift" and "canon lower". Everything is
lifted before anything is lowered: first all of it is checked, then it is moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from fact.adapters import scratch
from fact.adapters.checking import Checking
from fact.adapters.flat import CoreValue, Slots, Values, check_flat, flat_of, move_flat
from fact.adapters.function import AdapterSites, Function
from fact.adapters.introduction import introduction
from fact.adapters.memory import Place, constant, misaligned, outside
from fact.adapters.moves import joined
from fact.adapters.moves import placed as placed_moves
from fact.adapters.moving import Crossing, Moving
from fact.adapters.reentrance import entering_set
from fact.adapters.scope import ModuleScope, item_name
from fact.adapters.shapes import Layout, ListShape, RecordShape, Shape, StringShape, VariantShape, kind
from fact.adapters.signature import Signature
from fact.adapters.wat import Block, Line, Names, Note, call, get, i32
from fact.errors import LinkError
from fact.model.plan import Adapter, Lift, Options
from fact.model.traps import TrapReason
from fact.model.types import ValType

PARAMS = "$params"
RETURN = "$return"

GUEST_POINTER = (TrapReason.POINTER_MISALIGNED, TrapReason.POINTER_OUT_OF_BOUNDS)


def adapter_function(scope: ModuleScope, adapter: Adapter, exports: tuple[int, ...]) -> Iterator[Line]:
    """The function of *adapter*, with its introduction; it is exported once for each adapter number in *exports*."""
    this = _Call.of(scope, adapter)
    body = tuple(this.body())
    if (callee := this.only_calls(body)) is not None:
        for number in exports:
            scope.functions[number] = callee
        yield from introduction(scope.plan, adapter, exports)
        yield from (line for line in body if isinstance(line, Note))
        yield Note("-- nothing to check and nothing to change: the callee itself")
        yield from (f'(export "adapter:{number}" (func {callee}))' for number in exports)
        return
    if not scope.throwing.isdisjoint((this.lift.instance, adapter.caller)):
        body = tuple(this.catching(body))
    yield from introduction(scope.plan, adapter, exports)
    exported = "".join(f' (export "adapter:{number}")' for number in exports)
    yield this.fn.block(f"(func {scope.functions[adapter.index]}{exported}{this.declared()}", body)


@dataclass(frozen=True, slots=True)
class _Param:
    label: str
    type: ValType
    shape: Shape
    locals: tuple[str, ...]
    """Of its flat values; none when the parameters are spilled."""

    @property
    def path(self) -> str:
        return f"param {self.label}"


@dataclass(frozen=True, slots=True)
class _Call:
    """One call being written. Each method is a stage of it."""

    fn: Function
    adapter: Adapter
    lift: Lift
    signature: Signature
    params: tuple[_Param, ...]

    @classmethod
    def of(cls, scope: ModuleScope, adapter: Adapter) -> _Call:
        lift = scope.plan.lifts[adapter.lift]
        signature = Signature.of(scope.shapes, adapter.type)
        _check_options(adapter, lift, signature)
        names = Names((PARAMS, RETURN))
        params = tuple(
            _Param(label, t, shape, () if signature.params_spill else tuple(_names(names, shape, label)))
            for (label, shape), t in zip(signature.params.fields, adapter.type.param_types, strict=True)
        )
        return cls(Function(scope, AdapterSites(scope), names), adapter, lift, signature, params)

    @property
    def scope(self) -> ModuleScope:
        return self.fn.scope

    # -- declarations

    def declared(self) -> str:
        pointer = self.adapter.options.pointer
        names = [PARAMS] if self.signature.params_spill else [name for p in self.params for name in p.locals]
        names += [RETURN] if self.signature.result_spills else []
        t = self.signature.lower_type(pointer)
        params = "".join(f" (param {name} {core})" for name, core in zip(names, t.params, strict=True))
        return params + "".join(f" (result {core})" for core in t.results)

    # -- stages

    def body(self) -> Iterator[Line]:
        yield from self.leave_caller()
        yield from self.enter_callee()
        yield from self.check_params()
        arguments: list[str] = []
        yield from self.move_params(arguments)
        yield from self.call_callee(arguments)

    def leave_caller(self) -> Iterator[Line]:
        caller = self.adapter.caller
        yield Note(f"-- leave {self.instance_name(caller)}{self.why_not_confined(caller)}")
        if caller in self.scope.confined:
            may_leave = self.scope.flag("may_leave", caller)
            yield from self.scope.trap_if(f"(i32.eqz (global.get {may_leave}))", TrapReason.CANNOT_LEAVE)

    def enter_callee(self) -> Iterator[Line]:
        flags = self.may_enter_flags()
        yield Note(f"-- enter {self.instance_name(self.lift.instance)}{'' if flags else self.why_no_flag()}")
        for flag in flags:
            yield from self.scope.trap_if(f"(i32.eqz (global.get {flag}))", TrapReason.CANNOT_ENTER)
        for flag in flags:
            yield f"(global.set {flag} {i32(0)})"

    def check_params(self) -> Iterator[Line]:
        options = _as_source(self.adapter.options)
        checking = Checking(self.fn, options)
        if not self.signature.params_spill:
            for p in self.params:
                lines = tuple(check_flat(checking, p.shape, _values(p, options), p.path))
                yield Note(f"-- lift param {p.label}: {kind(p.type)}{'' if lines else ', nothing to check'}")
                yield from lines
            return
        area = self.signature.params.layout(options.pointer)
        yield Note(f"-- lift params: {area.size} bytes, aligned to {area.align}")
        at = checking.place(PARAMS)
        yield from self.check_area(area, at, GUEST_POINTER, "params")
        for p, offset in zip(self.params, self.signature.params.offsets(options.pointer), strict=True):
            if checks := self.scope.checks.within(p.shape, options.pointer):
                yield Note(f"-- lift param {p.label}: {kind(p.type)}")
                yield from checking.all(checks, at.plus(offset), p.path)

    def move_params(self, arguments: list[str]) -> Iterator[Line]:
        """Adds to *arguments* what the callee is called with."""
        crossing = Crossing(
            _as_source(self.adapter.options), _as_destination(self.lift.options), self.lift.instance
        )
        yield from self.staged(crossing, self.signature.params, arguments)

    def call_callee(self, arguments: Sequence[str]) -> Iterator[Line]:
        t = self.signature.lift_type(self.lift.options.pointer)
        callee = self.scope.core_func(self.lift.callee, "callee", t)
        made = call(callee, arguments)
        yield Note(f"-- call {item_name(self.scope.plan, self.lift.callee)}")
        if self.nothing_follows():
            yield self.tail_call(callee, arguments)
        elif not t.results:
            yield made
            yield from self.after_call("")
            yield "(return)"
        else:
            result = self.fn.local("result", t.results[0])
            yield f"(local.set {result} {made})"
            yield from self.result_stages(result)

    def result_stages(self, result: str) -> Iterator[Line]:
        shape, result_type = self.signature.result, self.adapter.type.result
        assert shape is not None and result_type is not None, "the callee returned something"
        source, destination = _as_source(self.lift.options), _as_destination(self.adapter.options)
        checking = Checking(self.fn, source)
        crossing = Crossing(source, destination, self.adapter.caller)
        yield Note(f"-- lift result: {kind(result_type)}")
        if self.signature.result_spills:
            yield from self.check_area(shape.layout(source.pointer), checking.place(result), GUEST_POINTER, "result")
            yield from checking.all(self.scope.checks.within(shape, source.pointer), checking.place(result), "result")
            yield Note("-- lower result")
            returned = Moving(self.fn, crossing).destination(RETURN)
            yield from self.check_area(shape.layout(destination.pointer), returned, GUEST_POINTER, "result")
            yield from self.move_result(crossing, shape, result)
            yield from self.after_call(result)
            yield "(return)"
            return
        value = CoreValue(flat_of(shape, source.pointer)[0], get(result))
        yield from check_flat(checking, shape, [value], "result")
        lines, moved = move_flat(Moving(self.fn, crossing), shape, [value], "result", Slots(self.fn, "result"))
        yield from lines
        yield from self.after_call(result)
        yield f"(return {moved[0].text})"

    def move_result(self, crossing: Crossing, shape: Shape, result: str) -> Iterator[Line]:
        moving = Moving(self.fn, crossing)
        moves = self.scope.moves
        if not self.within_one_instance():
            at = moving.source(result), moving.destination(RETURN)
            yield from moving.all(moves.within(shape, *crossing.pointers), *at, "result")
            return
        first, second = _by_scratch(crossing)
        p = first.destination.pointer
        layout = shape.layout(p)
        mark, staged = self.fn.local("mark", p), self.fn.local("result.staged", p)
        yield Note("-- by way of the scratch memory: both sides may be one memory")
        yield f"(local.set {mark} (call {scratch.top(self.scope, p)}))"
        stage = Moving(self.fn, first)
        yield from stage.allocate(layout.align, constant(p, layout.size), staged, i32(0))
        at = stage.source(result), stage.destination(staged)
        yield from stage.all(moves.within(shape, *first.pointers), *at, "result")
        stage = Moving(self.fn, second)
        at = stage.source(staged), stage.destination(RETURN)
        yield from stage.all(moves.within(shape, *second.pointers), *at, "result")
        yield f"(call {scratch.release(self.scope, p)} {get(mark)})"

    def after_call(self, result: str) -> Iterator[Line]:
        """Post-return, which is given what the callee returned, in local *result* if anything; then back."""
        options = self.lift.options
        if options.post_return is not None:
            t = self.signature.post_return_type(options.pointer)
            yield Note("-- post-return")
            function = self.scope.core_func(options.post_return, "post-return", t)
            statement = call(function, [get(result)] if t.params else [])
            yield from self.scope.staying_inside(self.lift.instance, statement)
        if flags := self.may_enter_flags():
            yield Note(f"-- back to {self.instance_name(self.adapter.caller)}")
            for flag in flags:
                yield f"(global.set {flag} {i32(1)})"

    # -- moving parameters

    def staged(self, crossing: Crossing, params: RecordShape, arguments: list[str]) -> Iterator[Line]:
        through_memory = self.signature.params_spill or params.dynamic
        if not (through_memory and self.within_one_instance()):
            values = [(p, _values(p, crossing.source)) for p in self.params]
            yield from self.move_all(crossing, values, PARAMS, arguments)
            return
        first, second = _by_scratch(crossing)
        p = first.destination.pointer
        mark = self.fn.local("mark", p)
        yield Note("-- by way of the scratch memory: both sides may be one memory")
        yield f"(local.set {mark} (call {scratch.top(self.scope, p)}))"
        halfway: list[str] = []
        yield from self.move_all(first, [(x, _values(x, first.source)) for x in self.params], PARAMS, halfway)
        if self.signature.params_spill:
            area = self.fn.local("params.staged", p)
            yield f"(local.set {area} {halfway[0]})"
            yield from self.move_all(second, [(x, []) for x in self.params], area, arguments)
        else:
            texts = iter(halfway)
            values = [
                (x, [CoreValue(t, next(texts)) for t in flat_of(x.shape, p)]) for x in self.params
            ]
            yield from self.move_all(second, values, PARAMS, arguments)
        yield f"(call {scratch.release(self.scope, p)} {get(mark)})"

    def move_all(
        self, crossing: Crossing, params: Sequence[tuple[_Param, Values]], area: str, arguments: list[str]
    ) -> Iterator[Line]:
        """Moves flat values, or from the area at local *area*; adds to *arguments* where they are then."""
        moving = Moving(self.fn, crossing)
        if not self.signature.params_spill:
            for p, values in params:
                name = p.label if crossing.destination == _as_destination(self.lift.options) else f"{p.label}.staged"
                lines, moved = move_flat(moving, p.shape, values, p.path, Slots(self.fn, name))
                if lines:
                    yield Note(f"-- lower param {p.label}: {kind(p.type)}")
                    yield from lines
                arguments += [value.text for value in moved]
            return
        record = self.signature.params
        destination = crossing.destination.pointer
        layout = record.layout(destination)
        new = self.fn.local("params.out", destination)
        yield Note(f"-- lower params: {layout.size} bytes, aligned to {layout.align}")
        size, site = constant(destination, layout.size), self.scope.site("params")
        yield from moving.allocate(layout.align, size, new, site)
        offsets = (record.offsets(p) for p in crossing.pointers)
        moves = joined(
            move
            for (p, _), s, d in zip(params, *offsets, strict=True)
            for move in placed_moves(self.scope.moves.within(p.shape, *crossing.pointers), s, d, p.path)
        )
        yield from moving.all(moves, moving.source(area), moving.destination(new), "")
        arguments.append(get(new))

    # -- parts of stages

    def within_one_instance(self) -> bool:
        return self.adapter.caller == self.lift.instance

    def nothing_follows(self) -> bool:
        """Whether what the callee returns is what the adapter does, with nothing to do in between."""
        shape, options = self.signature.result, self.lift.options
        catches = not self.scope.throwing.isdisjoint((self.lift.instance, self.adapter.caller))
        if catches or options.post_return is not None or self.may_enter_flags():
            return False
        return shape is None or (not self.signature.result_spills and _passes_as_it_is(self.fn, shape, options))

    def only_calls(self, body: Iterable[Line]) -> str | None:
        """The function that is called by *body*, if that is all that it does, with the same parameters."""
        passed = [name for p in self.params for name in p.locals]
        match [line for line in body if not isinstance(line, Note)]:
            case [str(statement)] if self.nothing_follows() and not self.signature.params_spill:
                t = self.signature.lift_type(self.lift.options.pointer)
                callee = self.scope.core_func(self.lift.callee, "callee", t)
                return callee if statement == self.tail_call(callee, [get(name) for name in passed]) else None
        return None

    @staticmethod
    def tail_call(function: str, arguments: Sequence[str]) -> str:
        return f"(return_call {' '.join((function, *arguments))})"

    def why_not_confined(self, instance: int) -> str:
        return "" if instance in self.scope.confined else ": no test, nothing keeps it inside"

    def why_no_flag(self) -> str:
        entering = entering_set(self.scope.plan, self.lift.instance, self.adapter.caller)
        return ": no test, nothing can enter it twice" if entering else ": no test, the caller is inside it"

    def may_enter_flags(self) -> list[str]:
        entering = entering_set(self.scope.plan, self.lift.instance, self.adapter.caller)
        return [self.scope.flag("may_enter", instance) for instance in entering if instance in self.scope.guarded]

    def check_area(
        self, area: Layout, at: Place, reasons: tuple[TrapReason, TrapReason], site: str
    ) -> Iterator[Line]:
        wrong_place, beyond = reasons
        pointer = get(at.pointer)
        if area.align > 1:
            yield from self.scope.trap_if(misaligned(at.type, pointer, area.align), wrong_place, site)
        yield from self.scope.trap_if(
            outside(at.type, at.memory, pointer, constant(at.type, area.size)), beyond, site
        )

    def catching(self, body: Iterable[Line]) -> Iterator[Line]:
        """*body*, which returns, with a trap for what is thrown out of a guest's function."""
        yield Block("(block $threw", (Block("(try_table (catch_all $threw)", tuple(body)),))
        yield Note("-- a guest's function threw")
        yield self.scope.trap(TrapReason.UNCAUGHT_EXCEPTION, self.scope.site(""))
        yield "(unreachable)"

    def instance_name(self, instance: int) -> str:
        return self.scope.plan.component_instances[instance].name


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


def _values(param: _Param, options: Options) -> Values:
    """The flat values of *param* as they come; none when it comes through memory."""
    if not param.locals:
        return []
    return [
        CoreValue(t, get(name)) for t, name in zip(flat_of(param.shape, options.pointer), param.locals, strict=True)
    ]


def _passes_as_it_is(fn: Function, shape: Shape, options: Options) -> bool:
    """Whether the one flat value of *shape* needs neither a check nor a change."""
    value = CoreValue(flat_of(shape, options.pointer)[0], get("$result"))
    if any(check_flat(Checking(fn, options), shape, [value], "result")):
        return False
    lines, moved = move_flat(Moving(fn, Crossing(options, options, 0)), shape, [value], "result", Slots(fn, "result"))
    return not lines and moved == [value]


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

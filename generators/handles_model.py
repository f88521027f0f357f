"""What a case about handles does, worked out in Python: handle tables, lends, destructors and the first trap.

From CanonicalABI.md ("Table State" to "Subtask State", "canon lift" to "canon resource.rep") and used by nothing but
the generators and tests: the strategy asks it what registers hold, features tell what it met, and a state machine sets
engines against it. Component instances are never entered twice here, so there is no may-enter flag.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from fact.model.traps import Trap, TrapReason
from generators.handles import (
    AT_A_TIME,
    RECEIVED,
    REGISTERS,
    RETURNED,
    Copy,
    Drop,
    Empty,
    Fill,
    Function,
    HandleBlueprint,
    Hook,
    Invoke,
    New,
    Op,
    Operand,
    Raw,
    Rep,
    Script,
    Source,
    Unreachable,
    handles_in,
    moved_in,
)
from generators.layout import spills
from generators.valtypes import BorrowOf, Image, ListOf, OwnOf, Type

GOT, REPRESENTATION, DESTROYED = 8, 9, 7
"""Kinds of log entries (`kind << 32 | detail`): a handle that the guest was given, what `resource.rep` gave, the
destructor of the type *detail*, with the representation as another entry."""

WORD = 0xFFFF_FFFF


@dataclass(slots=True)
class Task:
    """A call of a lifted function: how many borrowed handles it still has to drop."""

    borrows: int = 0


@dataclass(slots=True, eq=False)
class Held:
    """An element of a handle table. *scope* is None for an owned one."""

    resource: Source
    rep: int
    scope: Task | None = None
    lends: int = 0

    @property
    def own(self) -> bool:
        return self.scope is None


@dataclass(slots=True)
class Holder:
    """A component instance. *fresh* counts the resources that it made to return them."""

    table: list[Held | None] = field(default_factory=lambda: [None])
    free: list[int] = field(default_factory=list)
    registers: list[int] = field(default_factory=lambda: [0] * REGISTERS)
    hooks: dict[str, Script] = field(default_factory=dict)
    may_leave: bool = True
    fresh: int = 0
    log: list[int] = field(default_factory=list)

    def get(self, index: int) -> Held:
        held = self.table[index] if index < len(self.table) else None
        if held is None:
            raise Trap(TrapReason.UNKNOWN_HANDLE)
        return held

    def add(self, held: Held) -> int:
        if self.free:
            index = self.free.pop()
            self.table[index] = held
            return index
        self.table.append(held)
        return len(self.table) - 1

    def remove(self, index: int) -> None:
        self.table[index] = None
        self.free.append(index)

    def value(self, operand: Operand) -> int:
        if isinstance(operand, Raw):
            return operand.number
        return (self.registers[operand.number] + operand.beside) & WORD

    def held(self) -> Iterator[tuple[int, Held]]:
        """Indices and elements in use."""
        return ((i, h) for i, h in enumerate(self.table) if h is not None)


def fresh_rep(type: int, count: int) -> int:
    """The representation of the resource that a guest makes as number *count* to return it."""
    return 0xF000 + (type << 8) + count


@dataclass(slots=True)
class Model:
    """The state of all instances of *blueprint*, and what has happened to each kind of handle: *met*."""

    blueprint: HandleBlueprint
    holders: list[Holder] = field(init=False)
    met: set[str] = field(default_factory=set)
    made: Counter[Source] = field(default_factory=Counter)
    destroyed: Counter[tuple[Source, int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.holders = [Holder() for _ in self.blueprint.instances]

    # -- running

    def run(self, instance: int, script: Script) -> None:
        """What the host asks for. Raises `Trap`."""
        self.realloc(instance)
        self.carry_out(instance, script)

    def carry_out(self, instance: int, script: Iterable[Op]) -> None:
        for op in script:
            self.one(instance, op)

    def one(self, instance: int, op: Op) -> None:
        holder = self.holders[instance]
        match op:
            case New(type=type, rep=rep, to=to):
                self.keep(instance, self.new(instance, type, rep), to)
            case Rep(type=type, handle=handle):
                held = self.typed(instance, type, holder.value(handle))
                holder.log.append(REPRESENTATION << 32 | held.rep)
                self.met.add(f"resource.rep of {_kind(held)}")
            case Drop(type=type, handle=handle):
                self.drop(instance, type, holder.value(handle))
            case Copy(handle=handle, to=to):
                holder.registers[to] = holder.value(handle)
            case Fill(type=type, count=count, rep=rep, to=to):
                for i in range(count):
                    self.keep(instance, self.new(instance, type, rep + i), to)
                self.met.add("table grown" if len(holder.table) > 64 else "filled")
            case Empty(type=type, handle=handle, count=count, step=step):
                first = holder.value(handle)
                for i in range(count):
                    self.drop(instance, type, (first + i * step) & WORD)
                self.met.add("emptied upwards" if step > 0 else "emptied downwards")
            case Invoke():
                self.invoke(instance, op)
            case Hook(where=where, script=script):
                holder.hooks[where] = script
            case Unreachable():
                raise Trap(TrapReason.UNREACHABLE)

    def keep(self, instance: int, handle: int, register: int) -> None:
        holder = self.holders[instance]
        holder.log.append(GOT << 32 | handle)
        holder.registers[register % REGISTERS] = handle

    def got(self, instance: int, handles: Sequence[int], first: int) -> None:
        for i, handle in enumerate(handles):
            self.keep(instance, handle, first + i % AT_A_TIME)

    # -- built-ins

    def leave(self, instance: int) -> None:
        if not self.holders[instance].may_leave:
            raise Trap(TrapReason.CANNOT_LEAVE)

    def new(self, instance: int, type: int, rep: int) -> int:
        self.leave(instance)
        holder = self.holders[instance]
        self.met.add("index used again" if holder.free else "resource.new")
        resource = self.blueprint.resource(instance, type)
        self.made[resource] += 1
        return holder.add(Held(resource, rep))

    def typed(self, instance: int, type: int, index: int) -> Held:
        held = self.holders[instance].get(index)
        if held.resource != self.blueprint.resource(instance, type):
            self.met.add("wrong type: " + self.difference(held.resource, self.blueprint.resource(instance, type)))
            raise Trap(TrapReason.WRONG_RESOURCE_TYPE)
        return held

    def difference(self, a: Source, b: Source) -> str:
        if a.instance == b.instance:
            return "another of the component's"
        ours, theirs = (self.blueprint.instances[s.instance].definition for s in (a, b))
        return "another instance's" if ours == theirs and a.index == b.index else "another component's"

    def drop(self, instance: int, type: int, index: int) -> None:
        self.leave(instance)
        held = self.typed(instance, type, index)
        if held.lends:
            self.met.add(f"resource.drop of {_kind(held)} that is lent")
            raise Trap(TrapReason.HANDLE_LENT)
        self.holders[instance].remove(index)
        self.met.add(f"resource.drop of {_kind(held)}")
        if held.scope is not None:
            held.scope.borrows -= 1
            return
        self.destroy(held.resource, held.rep, instance)

    def destroy(self, resource: Source, rep: int, instance: int) -> None:
        """*instance* drops the last handle."""
        self.destroyed[resource, rep] += 1
        definition = self.blueprint.definition(resource.instance)
        number = resource.index - definition.imported
        if definition.resources[number].destructor:
            holder = self.holders[resource.instance]
            holder.log += [DESTROYED << 32 | resource.index, rep]
            self.met.add("destructor, dropped " + ("inside" if instance == resource.instance else "elsewhere"))
            self.hooked(resource.instance, "destructor")
        else:
            self.met.add("no destructor")

    # -- calls

    def invoke(self, instance: int, op: Invoke) -> None:
        self.leave(instance)
        blueprint, caller = self.blueprint, self.holders[instance]
        params = (*blueprint.definition(instance).imports[op.callee].params,)
        parts = [p for t, image in zip(params, op.args, strict=True) for p in moved_in(t, image)]
        handles = [caller.value(operand) for operand in op.handles]
        where = "flat" if not spills_with_script(params) else "spilled"
        lenders: list[Held] = []
        values = [
            (p, self.lift(instance, p, handles.pop(0), lenders))
            for p in parts if not isinstance(p, ListOf)
        ]
        self.noted(params, op.args, where)
        if len(values) > 1:
            self.met.add("several handles in a call")
        source = blueprint.callee(instance, op.callee)
        task = Task()
        self.lower(source.instance, parts, values, task, instance, spilled=where == "spilled")
        self.realloc(source.instance)
        self.carry_out(source.instance, op.script)
        function = blueprint.definition(source.instance).functions[source.index]
        self.returned(instance, op, source, function, task)
        for held in lenders:
            held.lends -= 1

    def lift(self, instance: int, t: OwnOf | BorrowOf, index: int, lenders: list[Held]) -> tuple[Source, int]:
        """The resource type and the representation."""
        held = self.typed(instance, t.resource, index)
        if isinstance(t, BorrowOf):
            held.lends += 1
            lenders.append(held)
            self.met.add(f"{_kind(held)} passed as borrow")
            return held.resource, held.rep
        if held.lends:
            self.met.add(f"{_kind(held)} passed as own while lent")
            raise Trap(TrapReason.HANDLE_LENT)
        if not held.own:
            self.met.add("borrow passed as own")
            raise Trap(TrapReason.HANDLE_NOT_OWNED)
        self.holders[instance].remove(index)
        self.met.add("own passed on")
        return held.resource, held.rep

    def lower(
        self, instance: int, parts: Sequence[Type], values: Sequence[tuple[Type, tuple[Source, int]]],
        task: Task | None, caller: int, *, spilled: bool, first: int = RECEIVED,
    ) -> None:
        """Into *instance*, with a realloc for each list, and one more for a spilled area."""
        holder = self.holders[instance]
        left = list(values)
        indices = []
        if spilled:
            self.realloc(instance)
        for part in parts:
            if isinstance(part, ListOf):
                self.realloc(instance)
                continue
            t, (resource, rep) = left.pop(0)
            if isinstance(t, OwnOf):
                indices.append(holder.add(Held(resource, rep)))
            elif resource.instance == instance:
                self.met.add("borrow to who implements it")
                indices.append(rep)
            else:
                assert task is not None
                task.borrows += 1
                indices.append(holder.add(Held(resource, rep, task)))
        self.got(instance, indices, first)

    def returned(self, instance: int, op: Invoke, source: Source, function: Function, task: Task) -> None:
        result = function.signature.result
        callee = self.holders[source.instance]
        parts: list[ListOf | OwnOf | BorrowOf] = []
        values = []
        if result is not None:
            handles = {i: self.outgoing(source.instance, t, slot) for i, (t, slot) in enumerate(
                zip(handles_in(result, function.returns), slots_in(result, function.returns), strict=True)
            )}
            parts = list(moved_in(result, function.returns))
            for i, p in enumerate(handles_in(result, function.returns)):
                values.append((p, self.lift(source.instance, p, handles[i], [])))
            self.noted((result,), (function.returns,), "result")
        if task.borrows:
            raise Trap(TrapReason.BORROWS_LEFT)
        self.lower(instance, parts, values, None, source.instance, spilled=False, first=op.to)
        if function.post_return:
            with self.closed(source.instance):
                self.hooked(source.instance, "post-return")
        callee.registers[RETURNED:] = [0] * (REGISTERS - RETURNED)

    def outgoing(self, instance: int, t: OwnOf | BorrowOf, slot: int) -> int:
        """What register *slot* beyond `RETURNED` holds, or a new resource."""
        holder = self.holders[instance]
        register = RETURNED + slot % AT_A_TIME
        handle, holder.registers[register] = holder.registers[register], 0
        definition = self.blueprint.definition(instance)
        if handle == 0 and t.resource >= definition.imported:
            rep = fresh_rep(t.resource, holder.fresh)
            holder.fresh += 1
            handle = self.new(instance, t.resource, rep)
        return handle

    # -- hooks

    def realloc(self, instance: int) -> None:
        with self.closed(instance):
            self.hooked(instance, "realloc")

    def hooked(self, instance: int, where: str) -> None:
        script = self.holders[instance].hooks.pop(where, None)
        if script is not None:
            self.met.add(f"script in {where}")
            self.carry_out(instance, script)

    @contextmanager
    def closed(self, instance: int) -> Iterator[None]:
        """Where the instance may not leave. After a trap nothing runs any more."""
        holder = self.holders[instance]
        holder.may_leave = False
        yield
        holder.may_leave = True

    # -- what features tell

    def noted(self, params: Sequence[Type], images: Sequence[Image], where: str) -> None:
        for t, image in zip(params, images, strict=True):
            for kind, place in _places(t, image):
                self.met.add(f"{kind} {place if where == 'flat' else where if place == 'flat' else place}"
                             f"{', result' if where == 'result' and place != 'flat' else ''}")


def spills_with_script(params: Sequence[Type]) -> bool:
    from generators.blueprint import Signature

    return spills(Signature((*params, SCRIPT)))


def slots_in(t: Type, image: Image) -> list[int]:
    """The numbers that stand for handles in a value."""
    from generators.handles import parts_of

    if isinstance(t, OwnOf | BorrowOf):
        assert isinstance(image, int)
        return [image]
    if isinstance(image, tuple):
        return [slot for part, inside in parts_of(t, image) for slot in slots_in(part, inside)]
    return []


def _kind(held: Held) -> str:
    return "own" if held.own else "borrow"


def _places(t: Type, image: Image) -> Iterator[tuple[str, str]]:
    from generators.handles import parts_of
    from generators.valtypes import kind_of

    if isinstance(t, OwnOf | BorrowOf):
        yield "own" if isinstance(t, OwnOf) else "borrow", "flat"
    elif isinstance(image, tuple):
        for part, inside in parts_of(t, image):
            for kind, _ in _places(part, inside):
                yield kind, f"in {kind_of(t)}"

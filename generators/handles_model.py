"""What a case about handles does, worked out in Python: handle tables, lends, destructors and the first trap.

From CanonicalABI.md ("Table State" to "Subtask State", "canon lift" to "canon resource.rep") and used by nothing but
the generators and tests: the strategy asks it what registers hold, features tell what it met, and a state machine sets
engines against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from fact.model.traps import Trap, TrapReason
from generators.blueprint import Signature
from generators.handles import (
    AT_A_TIME,
    RECEIVED,
    REGISTERS,
    RETURNED,
    SCRIPT,
    Call,
    Copy,
    Drop,
    Empty,
    Fill,
    FromHost,
    HandleBlueprint,
    Hook,
    HostDrop,
    Invoke,
    New,
    Op,
    Operand,
    Raw,
    Rep,
    Run,
    Script,
    Source,
    Unreachable,
    handles_in,
    moved_in,
    parts_of,
    slots_in,
    with_script,
)
from generators.layout import spills
from generators.valtypes import BorrowOf, Image, OwnOf, Type, kind_of

GOT, REPRESENTATION, DESTROYED = 8, 9, 7
"""Kinds of log entries (`kind << 32 | detail`): a handle that the guest was given, what `resource.rep` gave, the
destructor of the type *detail*, with the representation as another entry."""

WORD = 0xFFFF_FFFF

HOST = -1
"""In place of an instance's number."""


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
    """The state of all instances of *blueprint*.

    *met* says what has happened, in words; *doing* what was under way when a trap ended it. *made* and *destroyed*
    count resources, by type and representation.
    """

    blueprint: HandleBlueprint
    holders: list[Holder] = field(init=False)
    met: set[str] = field(default_factory=set)
    doing: str = ""
    host: dict[int, tuple[Source, int]] = field(default_factory=dict)
    """What the host holds, by number; *given* is the last number."""
    given: int = 0
    entered: set[int] = field(default_factory=set)
    """Instances that may not be entered."""
    made: Counter[tuple[Source, int]] = field(default_factory=Counter)
    destroyed: Counter[tuple[Source, int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.holders = [Holder() for _ in self.blueprint.instances]

    # -- running

    def call(self, call: Call) -> None:
        """Raises `Trap`, and `KeyError` for a handle that the host does not hold."""
        match call:
            case Run(instance=instance, script=script):
                self.run(instance, script)
            case FromHost():
                self.from_host(call, call.script)
            case HostDrop(handle=handle):
                resource, rep = self.host.pop(handle)
                self.met.add("dropped by the host")
                self.destroy(resource, rep, HOST)

    def from_host(self, call: FromHost, script: Iterable[Op]) -> None:
        """*script* as in `invoke`."""
        blueprint, source = self.blueprint, self.blueprint.exports[call.export]
        params = blueprint.exported(call.export).params
        values, task = [], Task()
        source = blueprint.behind(source)
        for t, image in zip(params, call.args, strict=True):
            for handle, number in zip(handles_in(t, image), slots_in(t, image), strict=True):
                values.append(self.host[number])
                self.met.add(f"{'own' if isinstance(handle, OwnOf) else 'borrow'} from the host")
                if isinstance(handle, OwnOf):
                    del self.host[number]
        spilled = [SCRIPT] if spills(with_script(Signature(params))) else []
        lists = [part for t, image in zip(params, call.args, strict=True) for part in moved_in(t, image)]
        with self.entering(source.instance, HOST):
            self.lower(source.instance, [*spilled, *lists, SCRIPT], values, task, RECEIVED)
            self.carry_out(source.instance, script)
            for value in self.result(source, task)[1]:
                self.given += 1
                self.host[self.given] = value
                self.met.add("own to the host")
            self.after_return(source)

    def run(self, instance: int, script: Script) -> None:
        """What the host asks for. Raises `Trap`."""
        with self.entering(instance, HOST):
            self.realloc(instance)
            self.carry_out(instance, script)

    @contextmanager
    def entering(self, instance: int, caller: int) -> Iterator[None]:
        """CanonicalABI.md, "Component Instances": nobody enters the parent from one of its children, nor itself."""
        stays = instance == caller or (self.blueprint.parent and instance == 0 and caller != HOST)
        if stays:
            yield
            return
        if instance in self.entered:
            raise Trap(TrapReason.CANNOT_ENTER)
        self.entered.add(instance)
        yield
        self.entered.remove(instance)

    def carry_out(self, instance: int, script: Iterable[Op]) -> None:
        for op in script:
            self.one(instance, op)

    def one(self, instance: int, op: Op) -> None:
        holder = self.holders[instance]
        match op:
            case New(type=type, rep=rep, to=to):
                self.keep(instance, self.new(instance, type, rep), to)
            case Rep(type=type, handle=handle):
                self.doing = "resource.rep"
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
                self.invoke(instance, op, op.script)
            case Hook(where=where, script=script):
                holder.hooks[where] = script
            case Unreachable():
                self.doing = "guest"
                raise Trap(TrapReason.UNREACHABLE)

    def keep(self, instance: int, handle: int, register: int) -> None:
        holder = self.holders[instance]
        holder.log.append(GOT << 32 | handle)
        holder.registers[register % REGISTERS] = handle

    # -- built-ins

    def leave(self, instance: int, doing: str) -> None:
        self.doing = doing
        if not self.holders[instance].may_leave:
            raise Trap(TrapReason.CANNOT_LEAVE)

    def new(self, instance: int, type: int, rep: int) -> int:
        self.leave(instance, "resource.new")
        holder = self.holders[instance]
        self.met.add("index used again" if holder.free else "resource.new")
        resource = self.blueprint.resource(instance, type)
        self.made[resource, rep] += 1
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
        self.leave(instance, "resource.drop")
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
        self.doing = "resource.drop"
        with self.entering(resource.instance, instance):
            self.run_destructor(resource, rep, instance)

    def run_destructor(self, resource: Source, rep: int, instance: int) -> None:
        """Of a resource that *instance* drops."""
        self.destroyed[resource, rep] += 1
        definition = self.blueprint.definition(resource.instance)
        number = resource.index - definition.imported
        if definition.resources[number].destructor:
            holder = self.holders[resource.instance]
            holder.log += [DESTROYED << 32 | resource.index, rep]
            self.met.add(f"destructor, dropped {_where(instance, resource)}")
            self.hooked(resource.instance, "destructor")
        else:
            self.met.add("no destructor")

    # -- calls

    def invoke(self, instance: int, op: Invoke, script: Iterable[Op]) -> None:
        """*script* in place of the operation's own; each part of it is asked for when those before it have run."""
        self.leave(instance, "call")
        params = self.blueprint.definition(instance).imports[op.callee].params
        where = "spilled param" if spills(with_script(Signature(params))) else "param"
        self.noted(params, op.args, where)
        caller = self.holders[instance]
        lenders: list[Held] = []
        handles = [caller.value(operand) for operand in op.handles]
        source, task = self.blueprint.callee(instance, op.callee), Task()
        lists = [part for t, image in zip(params, op.args, strict=True) for part in moved_in(t, image)]
        spilled = [SCRIPT] if where == "spilled param" else []
        if source.instance == instance:
            self.met.add("self call")
        elif self.blueprint.parent and source.instance == 0:
            self.met.add("child calls parent")
        with self.entering(source.instance, instance):
            self.doing = "param"
            values = self.lifted(instance, params, op.args, handles, lenders)
            self.lower(source.instance, [*spilled, *lists, SCRIPT], values, task, RECEIVED)
            self.carry_out(source.instance, script)
            self.returned(instance, op, source, task)
        for held in lenders:
            held.lends -= 1

    def may_enter(self, instance: int) -> bool:
        return instance not in self.entered or (self.blueprint.parent and instance == 0)

    def lifted(
        self, instance: int, types: Sequence[Type], images: Sequence[Image], handles: Sequence[int],
        lenders: list[Held],
    ) -> list[tuple[Source, int]]:
        """Resource types and representations of *handles*, in order."""
        kinds = [h for t, image in zip(types, images, strict=True) for h in handles_in(t, image)]
        if len(kinds) > 1:
            self.met.add("several handles in a call")
        return [self.lift(instance, t, handle, lenders) for t, handle in zip(kinds, handles, strict=True)]

    def lift(self, instance: int, t: OwnOf | BorrowOf, index: int, lenders: list[Held]) -> tuple[Source, int]:
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
        return held.resource, held.rep

    def lower(
        self, instance: int, parts: Sequence[Type], values: Sequence[tuple[Source, int]], task: Task | None, to: int
    ) -> None:
        """Handles go into *instance*'s table, with a realloc for each list; without *task* there are no borrows."""
        holder, left, indices = self.holders[instance], iter(values), []
        for part in parts:
            if not isinstance(part, OwnOf | BorrowOf):
                self.realloc(instance)
                continue
            resource, rep = next(left)
            if isinstance(part, BorrowOf) and resource.instance == instance:
                self.met.add("borrow to who implements it")
                indices.append(rep)
                continue
            scope = task if isinstance(part, BorrowOf) else None
            if scope is not None:
                scope.borrows += 1
            indices.append(holder.add(Held(resource, rep, scope)))
        for i, handle in enumerate(indices):
            self.keep(instance, handle, to + i % AT_A_TIME)

    def returned(self, instance: int, op: Invoke, source: Source, task: Task) -> None:
        lists, values = self.result(source, task)
        self.lower(instance, lists, values, None, op.to)
        self.after_return(source)

    def result(self, source: Source, task: Task) -> tuple[list[Type], list[tuple[Source, int]]]:
        """Lists and handles in the function's result, and the handles' values."""
        function = self.blueprint.definition(source.instance).functions[source.index]
        result, values = function.signature.result, list[tuple[Source, int]]()
        lists: list[Type] = []
        if result is not None:
            image = function.returns
            slots = zip(handles_in(result, image), slots_in(result, image), strict=True)
            handles = [self.outgoing(source.instance, t, slot) for t, slot in slots]
            self.noted((result,), (image,), "result")
            self.doing = "result"
            values = self.lifted(source.instance, (result,), (image,), handles, [])
            lists = list(moved_in(result, image))
        if task.borrows:
            self.doing = "return"
            raise Trap(TrapReason.BORROWS_LEFT)
        return lists, values

    def after_return(self, source: Source) -> None:
        if self.blueprint.definition(source.instance).functions[source.index].post_return:
            with self.closed(source.instance):
                self.hooked(source.instance, "post-return")

    def outgoing(self, instance: int, t: OwnOf | BorrowOf, slot: int) -> int:
        """What register *slot* beyond `RETURNED` holds, or a new resource."""
        holder = self.holders[instance]
        register = RETURNED + slot % AT_A_TIME
        handle, holder.registers[register] = holder.registers[register], 0
        if handle or t.resource < self.blueprint.definition(instance).imported:
            return handle
        holder.fresh += 1
        return self.new(instance, t.resource, fresh_rep(t.resource, holder.fresh))

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

    def noted(self, types: Sequence[Type], images: Sequence[Image], where: str) -> None:
        for t, image in zip(types, images, strict=True):
            self.met.update(f"{kind} {place}, {where}" for kind, place in places(t, image))


def places(t: Type, image: Image, inside: str = "itself") -> Iterator[tuple[str, str]]:
    """Kind and place of each handle in a value: what it lies in."""
    if isinstance(t, OwnOf | BorrowOf):
        yield "own" if isinstance(t, OwnOf) else "borrow", inside
    elif isinstance(image, tuple):
        for part, inner in parts_of(t, image):
            yield from places(part, inner, f"in {kind_of(t)}")


def _where(instance: int, resource: Source) -> str:
    if instance == HOST:
        return "by the host"
    return "inside" if instance == resource.instance else "elsewhere"


def _kind(held: Held) -> str:
    return "own" if held.own else "borrow"

"""What a case about handles does, worked out in Python: handle tables, lends, destructors, storage, the first trap.

From CanonicalABI.md ("Table State" to "Subtask State", "canon lift" to "canon resource.rep") and used by nothing but
the generators and tests: the strategy asks it what registers hold, tests count what it met, and a state machine sets
engines against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from fact.model.traps import Trap, TrapReason
from generators.blueprint import Answer, EchoArgument, HostTrap, Signature
from generators.handles import (
    AT_A_TIME,
    HOST,
    RECEIVED,
    REGISTERS,
    RETURNED,
    Call,
    Copy,
    Drop,
    Dropping,
    Empty,
    Fill,
    FromHost,
    HandleBlueprint,
    Hook,
    HostDrop,
    Invoke,
    Look,
    New,
    Noting,
    Op,
    Rep,
    Run,
    Script,
    Source,
    Store,
    Storing,
    Throw,
    Unreachable,
)
from generators.handles_state import (
    DESTROYED,
    GOT,
    LOOKED,
    NOTED,
    REPRESENTATION,
    WORD,
    Held,
    Holder,
    Task,
    Thread,
    fresh_rep,
)
from generators.handles_values import SCRIPT, handles_in, moved_in, parts_of, slots_in, with_script
from generators.layout import spills
from generators.valtypes import BorrowOf, Image, MapOf, OwnOf, Type, kind_of


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
    """Instances and groups (`chain`) that may not be entered."""
    threads: list[Thread] = field(default_factory=list)
    """Of calls under way, the innermost last."""
    made: Counter[tuple[Source, int]] = field(default_factory=Counter)
    destroyed: Counter[tuple[Source, int]] = field(default_factory=Counter)
    chains: list[frozenset[int]] = field(init=False)
    """By instance, what its number, the root's and those of the groups around it are; groups' numbers are negative."""

    def __post_init__(self) -> None:
        self.holders = [Holder() for _ in self.blueprint.instances]
        root = {0} if self.blueprint.parent else set()
        self.chains = [frozenset({i, *root, *(-1 - g for g in self.blueprint.around(i))})
                       for i in range(len(self.blueprint.instances))]

    # -- running

    def call(self, call: Call) -> None:
        """Raises `Trap`, and `KeyError` for a handle that the host does not hold."""
        match call:
            case Run(instance=instance, script=script):
                self.run(instance, lambda: self.carry_out(instance, script))
            case FromHost(export=export, script=script):
                callee = self.blueprint.behind(self.blueprint.exports[export])
                self.from_host(call, lambda: self.carry_out(callee.instance, script))
            case HostDrop(handle=handle):
                resource, rep = self.host.pop(handle)
                self.met.add("dropped by the host")
                self.destroy(resource, rep, HOST)

    def from_host(self, call: FromHost, body: Callable[[], None]) -> None:
        """*body* as in `invoke`. Raises `Trap`, and `KeyError` for a handle that the host does not hold."""
        blueprint, source = self.blueprint, self.blueprint.exports[call.export]
        params = blueprint.exported(call.export).params
        values, task = [], Task()
        source = blueprint.behind(source)
        for t, image in zip(params, call.args, strict=True):
            for handle, number in zip(handles_in(t, image), slots_in(t, image), strict=True):
                resource = blueprint.resource(blueprint.exports[call.export].instance, handle.resource)
                self.met.add(f"{'own' if isinstance(handle, OwnOf) else 'borrow'} from the host")
                if resource.instance == HOST:
                    values.append((resource, number))
                    continue
                values.append(self.host[number])
                if isinstance(handle, OwnOf):
                    del self.host[number]
        spilled = [SCRIPT] if spills(with_script(Signature(params))) else []
        lists = [part for t, image in zip(params, call.args, strict=True) for part in moved_in(t, image)]
        with self.entering(source.instance, HOST), self.thread(source.instance, "call"):
            self.lower(source.instance, [*spilled, *lists, SCRIPT], values, task, RECEIVED)
            body()
            for value in self.result(source, task)[1]:
                self.met.add("own to the host")
                if value[0].instance != HOST:
                    self.given += 1
                    self.host[self.given] = value
            self.after_return(source)

    def run(self, instance: int, body: Callable[[], None]) -> None:
        """What the host asks for; *body* as in `invoke`. Raises `Trap`."""
        with self.entering(instance, HOST):
            self.realloc(instance)
            with self.thread(instance, "call"):
                body()

    @contextmanager
    def entering(self, instance: int, caller: int) -> Iterator[None]:
        """CanonicalABI.md, "Component Instances" (entering_set): what is around the callee and not around the caller is
        entered too."""
        entering = self.entering_set(instance, caller)
        if entering & self.entered:
            raise Trap(TrapReason.CANNOT_ENTER)
        self.entered |= entering
        yield
        self.entered -= entering

    def entering_set(self, instance: int, caller: int) -> frozenset[int]:
        return self.chains[instance] if caller == HOST else self.chains[instance] - self.chains[caller]

    @contextmanager
    def thread(self, instance: int, kind: Literal["call", "realloc", "destructor"]) -> Iterator[None]:
        """CanonicalABI.md, "Threads": a call has a thread of its own, and storage that begins as zero."""
        outer = next((t for t in reversed(self.threads) if t.instance == instance), None)
        self.threads.append(Thread(instance, kind))
        yield
        ended = self.threads.pop()
        if outer is not None and ended.stored:
            outer.over.add(kind)

    def carry_out(self, instance: int, script: Script) -> None:
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
                callee = self.blueprint.callee(instance, op.callee)
                self.invoke(instance, op, lambda: self.carry_out(callee.instance, op.script))
            case Hook(where=where, script=script):
                holder.hooks[where] = script
            case Store(value=value):
                self.threads[-1].slot, self.threads[-1].stored = value, True
                self.met.add("context.set")
            case Look():
                holder.log.append(LOOKED << 32 | self.threads[-1].slot)
                self.met.update(self.seen(instance))
            case Unreachable():
                self.doing = "guest"
                raise Trap(TrapReason.UNREACHABLE)
            case Throw():
                self.doing = "guest"
                raise Trap(TrapReason.UNCAUGHT_EXCEPTION)

    def seen(self, instance: int) -> Iterator[str]:
        """What `context.get` may find wrong: what a thread stored while this one waited, or one that waits for this."""
        *outer, thread = self.threads
        kind = thread.kind if self.holders[instance].may_leave or thread.kind == "realloc" else "post-return"
        yield f"context.get in {kind}"
        yield from (f"context.get after {other}" for other in thread.over)
        if any(t.instance == instance and t.slot for t in outer):
            yield f"context.get in {kind}, stored outside"

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
        if HOST in (a.instance, b.instance):
            return "the host's"
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
        if resource.instance == HOST:
            self.destroyed[resource, rep] += 1
            self.met.add("dropped, the host is told")
            return
        with self.entering(resource.instance, instance):
            self.run_destructor(resource, rep, instance)

    def run_destructor(self, resource: Source, rep: int, instance: int) -> None:
        """Of a resource that *instance* drops."""
        self.destroyed[resource, rep] += 1
        destructor = self.blueprint.destructor(resource)
        if destructor is False:
            self.met.add("no destructor")
            return
        self.met.add(f"destructor, dropped {_where(instance, resource)}")
        with self.thread(resource.instance, "destructor"):
            match destructor:
                case Dropping(type=type):
                    self.met.add("destructor is resource.drop")
                    self.drop(resource.instance, type, rep)
                case Storing():
                    self.met.add("destructor is context.set")
                    self.threads[-1].stored = True
                case Noting():
                    self.met.add("destructor is an adapter")
                    self.note(resource.instance, rep)
                case True:
                    self.holders[resource.instance].log += [DESTROYED << 32 | resource.index, rep]
                    self.hooked(resource.instance, "destructor")

    def note(self, instance: int, rep: int) -> None:
        """*instance*'s destructor calls the one that notes it."""
        self.leave(instance, "call")
        noted = self.blueprint.instances[instance].noted
        assert noted is not None, "given to who imports it"
        if noted == HOST:
            self.met.add("destructor is the host's")
            if isinstance(self.blueprint.host_note, HostTrap):
                raise Trap(TrapReason.HOST)
            return
        with self.entering(noted, instance), self.thread(noted, "call"):
            self.holders[noted].log += [NOTED << 32, rep]
            self.hooked(noted, "destructor")

    # -- calls

    def invoke(self, instance: int, op: Invoke, body: Callable[[], None]) -> None:
        """*body* does what the callee does, when that has its arguments; the operation's own script is not read."""
        self.leave(instance, "call")
        params = self.blueprint.definition(instance).imports[op.callee].params
        where = "spilled param" if spills(with_script(Signature(params))) else "param"
        self.noted(params, op.args, where)
        caller = self.holders[instance]
        lenders: list[Held] = []
        handles = [caller.value(operand) for operand in op.handles]
        source, task = self.blueprint.callee(instance, op.callee), Task()
        if source.instance == HOST:
            self.doing = "param"
            values = self.lifted(instance, params, op.args, handles, lenders)
            self.host_call(instance, op, source, values)
            for held in lenders:
                held.lends -= 1
            return
        lists = [part for t, image in zip(params, op.args, strict=True) for part in moved_in(t, image)]
        spilled = [SCRIPT] if where == "spilled param" else []
        if source.instance == instance:
            self.met.add("self call")
        elif self.blueprint.parent and source.instance == 0:
            self.met.add("child calls parent")
        with self.entering(source.instance, instance), self.thread(source.instance, "call"):
            self.doing = "param"
            values = self.lifted(instance, params, op.args, handles, lenders)
            self.lower(source.instance, [*spilled, *lists, SCRIPT], values, task, RECEIVED)
            body()
            self.returned(instance, op, source, task)
        for held in lenders:
            held.lends -= 1

    def host_call(self, instance: int, op: Invoke, source: Source, values: list[tuple[Source, int]]) -> None:
        """The host answers a call in which it is given *values*."""
        function = self.blueprint.host_functions[source.index]
        result, behaviour = function.signature.result, function.behaviour
        given = [h for t, image in zip(function.signature.params, op.args, strict=True) for h in handles_in(t, image)]
        self.met.update(f"{'own' if isinstance(h, OwnOf) else 'borrow'} to the host's function" for h in given)
        if isinstance(behaviour, HostTrap):
            self.doing = "host"
            raise Trap(TrapReason.HOST)
        if result is None:
            return
        match behaviour:
            case EchoArgument(index=index):
                image = op.args[index]
                params = function.signature.params[:index]
                before = sum(len(handles_in(t, i)) for t, i in zip(params, op.args[:index], strict=True))
                back = values[before : before + len(handles_in(result, image))]
            case Answer(image=image):
                back = [(Source(HOST, h.resource), rep) for h, rep in
                        zip(handles_in(result, image), slots_in(result, image), strict=True)]
        self.met.update("own from the host's function" for _ in back)
        self.lower(instance, list(moved_in(result, image)), back, None, op.to)

    def may_enter(self, instance: int, caller: int) -> bool:
        return instance == HOST or not self.entering_set(instance, caller) & self.entered

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
        """Lists, strings and handles in the function's result, and the handles' values."""
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
        return self.new(instance, t.resource, fresh_rep(self.blueprint.definition(instance), t.resource, holder.fresh))

    # -- hooks

    def realloc(self, instance: int) -> None:
        with self.closed(instance), self.thread(instance, "realloc"):
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

    # -- what tests count

    def noted(self, types: Sequence[Type], images: Sequence[Image], where: str) -> None:
        for t, image in zip(types, images, strict=True):
            self.met.update(f"{kind} {place}, {where}" for kind, place in places(t, image))


def places(t: Type, image: Image, inside: str = "itself") -> Iterator[tuple[str, str]]:
    """Kind and place of each handle in a value: what it lies in."""
    if isinstance(t, OwnOf | BorrowOf):
        yield "own" if isinstance(t, OwnOf) else "borrow", inside
    elif isinstance(t, MapOf) and isinstance(image, tuple):
        for pair in image:
            assert isinstance(pair, tuple)
            yield from places(t.value, pair[1], "in map")
    elif isinstance(image, tuple):
        for part, inner in parts_of(t, image):
            yield from places(part, inner, f"in {kind_of(t)}")


def _where(instance: int, resource: Source) -> str:
    if instance == HOST:
        return "by the host"
    return "inside" if instance == resource.instance else "elsewhere"


def _kind(held: Held) -> str:
    return "own" if held.own else "borrow"

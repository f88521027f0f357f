"""What a case about handles does, worked out in Python: handle tables, lends, destructors, storage, the first trap.

From CanonicalABI.md ("Table State" to "Subtask State", "canon lift" to "canon resource.rep") and used by nothing but
the generators and tests: the strategy asks it what registers hold, tests count what it met, and a state machine sets
engines against it. Here are calls and scripts; what they do to handles is in `handles_builtins` and `handles_crossing`,
on the state in `handles_instances`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fact.model.traps import Trap, TrapReason
from generators.blueprint import Answer, EchoArgument, HostTrap, Signature
from generators.handles import HOST, Call, FromHost, HostDrop, Run, Source
from generators.handles_builtins import destroy, drop, new, typed
from generators.handles_crossing import lifted, lifted_result, lower, note_places
from generators.handles_instances import Instances
from generators.handles_script import (
    RECEIVED,
    Copy,
    Divide,
    Drop,
    Empty,
    Fill,
    Hook,
    Invoke,
    Look,
    New,
    Op,
    Overrun,
    Rep,
    Script,
    Store,
    Throw,
    Unreachable,
)
from generators.handles_state import LOOKED, REPRESENTATION, WORD, Held, Task
from generators.handles_values import SCRIPT, handles_in, moved_in, slots_in, with_script
from generators.layout import spills
from generators.valtypes import OwnOf


@dataclass(slots=True)
class Model(Instances):
    """Instances that carry out calls and scripts."""

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
                destroy(self, resource, rep, HOST)

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
            lower(self, source.instance, [*spilled, *lists, SCRIPT], values, task, RECEIVED)
            body()
            for value in lifted_result(self, source, task)[1]:
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

    def carry_out(self, instance: int, script: Script) -> None:
        """Raises `Trap`."""
        for op in script:
            self.one(instance, op)

    def one(self, instance: int, op: Op) -> None:
        """Raises `Trap`."""
        holder = self.holders[instance]
        match op:
            case New(type=type, rep=rep, to=to):
                self.keep(instance, new(self, instance, type, rep), to)
            case Rep(type=type, handle=handle):
                self.doing = "resource.rep"
                held = typed(self, instance, type, holder.value(handle))
                holder.log.append(REPRESENTATION << 32 | held.rep)
                self.met.add(f"resource.rep of {held.kind}")
            case Drop(type=type, handle=handle):
                drop(self, instance, type, holder.value(handle))
            case Copy(handle=handle, to=to):
                holder.registers[to] = holder.value(handle)
            case Fill(type=type, count=count, rep=rep, to=to):
                for i in range(count):
                    self.keep(instance, new(self, instance, type, rep + i), to)
                self.met.add("table grown" if len(holder.table) > 64 else "filled")
            case Empty(type=type, handle=handle, count=count, step=step):
                first = holder.value(handle)
                for i in range(count):
                    drop(self, instance, type, (first + i * step) & WORD)
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
            case Divide():
                self.doing = "guest"
                raise Trap(TrapReason.INTEGER_DIVIDE_BY_ZERO)
            case Overrun():
                self.doing = "guest"
                raise Trap(TrapReason.MEMORY_OUT_OF_BOUNDS)

    # -- calls between instances

    def invoke(self, instance: int, op: Invoke, body: Callable[[], None]) -> None:
        """*body* does what the callee does, when that has its arguments; the operation's own script is not read."""
        self.leave(instance, "call")
        params = self.blueprint.definition(instance).imports[op.callee].params
        where = "spilled param" if spills(with_script(Signature(params))) else "param"
        note_places(self, params, op.args, where)
        caller = self.holders[instance]
        lenders: list[Held] = []
        handles = [caller.value(operand) for operand in op.handles]
        source, task = self.blueprint.callee(instance, op.callee), Task()
        if source.instance == HOST:
            self.doing = "param"
            values = lifted(self, instance, params, op.args, handles, lenders)
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
            values = lifted(self, instance, params, op.args, handles, lenders)
            lower(self, source.instance, [*spilled, *lists, SCRIPT], values, task, RECEIVED)
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
        lower(self, instance, list(moved_in(result, image)), back, None, op.to)

    def returned(self, instance: int, op: Invoke, source: Source, task: Task) -> None:
        """The callee's result goes to *instance*, which called it."""
        lists, values = lifted_result(self, source, task)
        lower(self, instance, lists, values, None, op.to)
        self.after_return(source)

    def after_return(self, source: Source) -> None:
        """The post-return of the function runs, if it has one."""
        if self.blueprint.definition(source.instance).functions[source.index].post_return:
            with self.closed(source.instance):
                self.hooked(source.instance, "post-return")

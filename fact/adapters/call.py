"""One synchronous call through an adapter, in the order that the specification gives it.

CanonicalABI.md, "Embedding" (Store.lift), "Lifting and Lowering Values", "canon lift" and "canon lower". Everything is
lifted before anything is lowered: first all of it is checked, then it is moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fact.adapters import handles
from fact.adapters.introduction import introduction
from fact.adapters.passing import Passing
from fact.adapters.scope import ModuleScope, item_name
from fact.adapters.wat import Block, Line, Note, call, get
from fact.model.plan import Adapter, Lift
from fact.model.traps import TrapReason


def adapter_function(scope: ModuleScope, adapter: Adapter, exports: tuple[int, ...]) -> Iterator[Line]:
    """The function of *adapter*, with its introduction; it is exported once for each adapter number in *exports*."""
    this = _Call(scope, Passing.of(scope, adapter))
    body = tuple(this.body())
    if (callee := this.only_calls(body)) is not None:
        for number in exports:
            scope.functions[number] = callee
        yield from introduction(scope.plan, adapter, exports)
        yield from (line for line in body if isinstance(line, Note))
        yield Note("-- nothing to check and nothing to change: the callee itself")
        yield from (f'(export "adapter:{number}" (func {callee}))' for number in exports)
        return
    if this.catches():
        body = tuple(this.catching(body))
    yield from introduction(scope.plan, adapter, exports)
    exported = "".join(f' (export "adapter:{number}")' for number in exports)
    function = f"(func {scope.functions[adapter.index]}{exported}{this.passing.declared()}"
    yield this.passing.fn.block(function, body)


@dataclass(frozen=True, slots=True)
class _Call:
    """One call being written. Each method is a stage of it."""

    scope: ModuleScope
    passing: Passing

    @property
    def adapter(self) -> Adapter:
        return self.passing.adapter

    @property
    def lift(self) -> Lift:
        return self.passing.lift

    # -- stages

    def body(self) -> Iterator[Line]:
        yield from self.scope.leaving(self.adapter.caller)
        yield from self.scope.entering(self.lift.instance, self.adapter.caller)
        yield from self.scope.set_may_enter(self.lift.instance, self.adapter.caller, 0)
        yield from self.begin_lending()
        yield from self.passing.check_params()
        yield from self.open_scope()
        lines, arguments = self.passing.move_params()
        yield from lines
        yield from self.call_callee(arguments)

    def begin_lending(self) -> Iterator[Line]:
        if self.passing.lends:
            yield Note(f"-- what {self.scope.instance_name(self.adapter.caller)} lends is given back at the end")
            yield f"(local.set {self.lent_since()} {handles.mark(self.scope)})"

    def open_scope(self) -> Iterator[Line]:
        if self.passing.borrows:
            yield Note(f"-- what {self.scope.instance_name(self.lift.instance)} borrows is counted until it returns")
            yield handles.open_scope(self.scope)

    def call_callee(self, arguments: Sequence[str]) -> Iterator[Line]:
        t = self.passing.signature.lift_type(self.lift.options.pointer)
        callee = self.scope.core_func(self.lift.callee, "callee", t)
        made = call(callee, arguments)
        yield Note(f"-- call {item_name(self.scope.plan, self.lift.callee)}")
        if self.nothing_follows():
            yield tail_call(callee, arguments)
        elif not t.results:
            inside = [made, *self.passing.close_scope(), *self.post_return("")]
            yield from self.scope.in_new_thread(self.lift.instance, inside)
            yield from self.go_back()
            yield "(return)"
        else:
            returned = self.passing.fn.local("result", t.results[0])
            lines, value = self.passing.result(returned)
            inside = [f"(local.set {returned} {made})", *lines, *self.post_return(returned)]
            yield from self.scope.in_new_thread(self.lift.instance, inside)
            yield from self.go_back()
            yield f"(return {value})" if value else "(return)"

    def post_return(self, result: str) -> Iterator[Line]:
        """It is given what the callee returned, in local *result* if anything."""
        options = self.lift.options
        if options.post_return is None:
            return
        t = self.passing.signature.post_return_type(options.pointer)
        function = self.scope.core_func(options.post_return, "post-return", t)
        yield Note("-- post-return")
        statement = call(function, [get(result)] if t.params else [])
        yield from self.scope.staying_inside(self.lift.instance, [statement])

    def go_back(self) -> Iterator[Line]:
        caller = self.adapter.caller
        if self.passing.lends:
            yield Note(f"-- what {self.scope.instance_name(caller)} lent is given back")
            yield handles.give_back(self.scope, caller, self.lent_since())
        if self.may_enter_flags():
            yield Note(f"-- back to {self.scope.instance_name(caller)}")
            yield from self.scope.set_may_enter(self.lift.instance, caller, 1)

    # -- parts of stages

    def lent_since(self) -> str:
        return self.passing.fn.shared("lent.since", "i32")

    def catches(self) -> bool:
        """Whether a function of a guest that is called may throw."""
        return not self.scope.throwing.isdisjoint((self.lift.instance, self.adapter.caller))

    def nothing_follows(self) -> bool:
        """Whether what the callee returns is what the adapter does, with nothing to do in between."""
        if self.catches() or self.lift.options.post_return is not None or self.may_enter_flags():
            return False
        if self.lift.instance in self.scope.context or self.passing.lends:
            return False
        return self.passing.result_is_passed_on()

    def only_calls(self, body: Iterable[Line]) -> str | None:
        """The function that is called by *body*, if that is all that it does, with the same parameters."""
        match [line for line in body if not isinstance(line, Note)]:
            case [str(statement)] if self.nothing_follows():
                t = self.passing.signature.lift_type(self.lift.options.pointer)
                callee = self.scope.core_func(self.lift.callee, "callee", t)
                same = [get(name) for p in self.passing.params for name in p.locals]
                return callee if statement == tail_call(callee, same) else None
        return None

    def may_enter_flags(self) -> list[str]:
        return self.scope.may_enter_flags(self.lift.instance, self.adapter.caller)

    def catching(self, body: Iterable[Line]) -> Iterator[Line]:
        """*body*, which returns, with a trap for what is thrown out of a guest's function."""
        yield Block("(block $threw", (Block("(try_table (catch_all $threw)", tuple(body)),))
        yield Note("-- a guest's function threw")
        yield self.scope.trap(TrapReason.UNCAUGHT_EXCEPTION, self.scope.site(""))
        yield "(unreachable)"


def tail_call(function: str, arguments: Sequence[str]) -> str:
    return f"(return_call {' '.join((function, *arguments))})"

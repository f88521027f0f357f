"""The built-ins as core functions: resources made, looked into and dropped, and the storage of threads.

CanonicalABI.md, "canon resource.new", "canon resource.rep", "canon resource.drop", "canon context.get", "canon
context.set". All of a plan's are in one module, which is there before anything else; destructors come into being later
and are put into its table `destructors`, each at the number of its resource.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fact.adapters import handles
from fact.adapters.function import AdapterSites, Function
from fact.adapters.scope import ModuleScope, item_name
from fact.adapters.wat import Block, Line, Names, Note, get, i32
from fact.model.plan import Builtin, ContextImport, Plan, Resource
from fact.model.traps import TrapReason
from fact.model.types import CoreValType

DESTRUCTORS = "$destructors"


def context_storage(plan: Plan) -> dict[int, tuple[ContextImport, ...]]:
    """For each component instance with built-ins for it, the storage of its running thread, in the order of slots."""
    found: dict[int, dict[int, CoreValType]] = {}
    for builtin in plan.builtins:
        if builtin.kind in ("context.get", "context.set"):
            found.setdefault(builtin.instance, {})[builtin.slot] = context_type(builtin)
    return {
        instance: tuple(ContextImport(slot, instance, t) for slot, t in sorted(slots.items()))
        for instance, slots in found.items()
    }


def context_type(builtin: Builtin) -> CoreValType:
    return (*builtin.type.params, *builtin.type.results)[0]


def builtins(scope: ModuleScope) -> Iterator[tuple[Line, ...]]:
    """The table of destructors and the functions, each exported as `builtin:N`."""
    plan = scope.plan
    yield (
        Note("by the number of the resource; each is put in when it exists"),
        f'(table {DESTRUCTORS} (export "destructors") {len(plan.resources)} funcref)',
    )
    for builtin in plan.builtins:
        yield tuple(_function(scope, builtin))


def _function(scope: ModuleScope, builtin: Builtin) -> Iterator[Line]:
    params = [f"${name}" for name in _PARAMS[builtin.kind]]
    this = _BuiltIn(scope, builtin, Function(scope, AdapterSites(scope), Names(params)))
    yield Note(f"built-in {builtin.index}: {this.what()}, in {scope.instance_name(builtin.instance)}")
    identifier = scope.names.unique(this.what().replace(" ", "."))
    head = f'(func {identifier} (export "builtin:{builtin.index}")'
    head += "".join(f" (param {name} {t})" for name, t in zip(params, builtin.type.params, strict=True))
    head += "".join(f" (result {t})" for t in builtin.type.results)
    yield this.fn.block(head, tuple(this.body()))


_PARAMS = {
    "resource.new": ["rep"],
    "resource.rep": ["index"],
    "resource.drop": ["index"],
    "context.get": [],
    "context.set": ["value"],
}


@dataclass(frozen=True, slots=True)
class _BuiltIn:
    """One built-in being written."""

    scope: ModuleScope
    builtin: Builtin
    fn: Function

    def what(self) -> str:
        if self.builtin.resource is None:
            return f"{self.builtin.kind} {self.builtin.slot}"
        return f"{self.builtin.kind} {self.resource.name}"

    @property
    def resource(self) -> Resource:
        assert self.builtin.resource is not None, "a built-in of a resource has one"
        return self.scope.plan.resources[self.builtin.resource]

    def body(self) -> Iterator[Line]:
        match self.builtin.kind:
            case "resource.new":
                yield from self.scope.leaving(self.builtin.instance)
                yield from handles.added(
                    self.fn, "add", self.resource.index, self.builtin.instance, get("$rep"), self.scope.site("")
                )
                yield get("$index")
            case "resource.rep":
                yield from handles.representation(
                    self.fn, self.resource.index, self.builtin.instance, get("$index")
                )
                yield get("$rep")
            case "resource.drop":
                yield from self.scope.leaving(self.builtin.instance)
                yield from handles.dropped(self.fn, self.resource.index, self.builtin.instance, get("$index"))
                yield from self.destroyed()
            case "context.get":
                yield f"(global.get {self.storage()})"
            case "context.set":
                yield f"(global.set {self.storage()} {get('$value')})"

    def storage(self) -> str:
        slots = [item.slot for item in self.scope.context[self.builtin.instance]]
        return self.scope.storage(self.builtin.instance)[slots.index(self.builtin.slot)][0]

    # -- resource.drop: the last owner of a resource is gone

    def destroyed(self) -> Iterator[Line]:
        """Calls the destructor as a function of the instance that implements the resource, if there is one, with all
        that comes before and after such a call."""
        called = tuple(self.call_host() if self.resource.instance is None else self.call_destructor())
        if any(not isinstance(line, Note) for line in called):
            yield Block(f"(if (i32.ne {get('$outcome')} {i32(handles.BORROWED, 'a borrow')})", (
                Block("(then", called),
            ))

    def call_host(self) -> Iterator[Line]:
        yield Note("-- the host's")
        yield f"(call {self.scope.host_drop(self.resource)} {get('$rep')})"

    def call_destructor(self) -> Iterator[Line]:
        implementer, dropper = self.resource.instance, self.builtin.instance
        assert implementer is not None, "the host's have no destructor"
        yield from self.scope.entering(implementer, dropper)
        if self.resource.dtor is None:
            yield Note("-- there is no destructor")
            return
        yield from self.scope.set_may_enter(implementer, dropper, 0)
        yield Note(f"-- call {item_name(self.scope.plan, self.resource.dtor)}")
        yield from self.scope.in_new_thread(implementer, self.catching(implementer))
        yield from self.scope.set_may_enter(implementer, dropper, 1)

    def catching(self, implementer: int) -> Iterator[Line]:
        """The call itself; what is thrown out of it is a trap."""
        number = i32(self.resource.index, self.resource.name)
        call = f"(call_indirect {DESTRUCTORS} (param i32) {get('$rep')} {number})"
        if implementer not in self.scope.throwing:
            yield call
            return
        yield Block("(block $returned", (
            Block("(block $threw", (
                Block("(try_table (catch_all $threw)", (call,)),
                "(br $returned)",
            )),
            Note("-- the destructor threw"),
            self.scope.trap(TrapReason.UNCAUGHT_EXCEPTION, self.scope.site("")),
            "(unreachable)",
        ))

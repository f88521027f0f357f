"""The shape of a component after linking: facts about a `Plan` as a whole, whether or not its functions run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from fact.model.plan import (
    AdapterRef,
    BuiltinRef,
    CoreItem,
    Exported,
    ExportedFunc,
    ExportedInstance,
    ExportedResource,
    HostLowerRef,
    InstanceExport,
    InstantiateModule,
    Options,
    Plan,
)
from fact.model.syntax import Sort
from fuzz.coverage.groups import Excluded, Group, named

_COUNTS = ((1, "1"), (2, "2"), (3, "3"), (4, "4"), (6, "5 and 6"), (9, "7 to 9"), (12, "10 to 12"))


def counted(n: int) -> str:
    """*n*, which is not 0, in classes."""
    return next((words for last, words in _COUNTS if n <= last), "more than 12")


def facts(plan: Plan) -> Iterator[str]:
    """The features of *plan*."""
    for part in (_counts(plan), _uses(plan), _modules(plan), _exports(plan)):
        yield from (f"graph: {fact}" for fact in part)


def _counts(plan: Plan) -> Iterator[str]:
    yield f"component instances: {counted(len(plan.component_instances))}"
    yield f"nested {_up_to(max(len(plan.ancestors(i.index)) for i in plan.component_instances) - 1, 4)} deep"
    if plan.adapters:
        yield f"adapters: {counted(len(plan.adapters))}"
    yield f"adapter modules: {_up_to(len(plan.adapter_modules), 4)}"
    if plan.resources:
        yield f"resource types: {_up_to(len(plan.resources), 6)}"
    if any(instance.given_twice for instance in plan.component_instances):
        yield "one resource type given for two imports"
    definers = Counter(r.instance for r in plan.resources)
    if definers[None]:
        yield "resource type of the host's"
    if any(r.dtor is None and r.instance is not None for r in plan.resources):
        yield "resource type without destructor"
    if len(definers) > 1:
        yield "resource types of several instances"


def _up_to(n: int, most: int) -> str:
    return str(n) if n < most else f"{most} or more"


# -- who calls whom


def _uses(plan: Plan) -> Iterator[str]:
    called: dict[int, set[int]] = {}
    for adapter in plan.adapters:
        called.setdefault(adapter.caller, set()).add(plan.lifts[adapter.lift].instance)
    apart = {caller: callees - {caller} for caller, callees in called.items()}
    if apart:
        yield f"an instance calls {_up_to(max(map(len, apart.values())), 4)} others"
        callers = Counter(callee for callees in apart.values() for callee in callees)
        yield f"an instance is called by {_up_to(max(callers.values(), default=0), 4)} others"
    if any(apart.get(callee) for callees in apart.values() for callee in callees):
        yield "in between: called by one instance, calls another"
    if any(_meet(apart, callees) for callees in apart.values()):
        yield "diamond"
    lifted = {lift.callee for lift in plan.lifts}
    for item in lifted:
        if isinstance(item, AdapterRef | HostLowerRef | BuiltinRef):
            yield f"lift of {_kind(plan, item)}"
    shared = Counter(adapter.lift for adapter in plan.adapters)
    if shared and max(shared.values()) > 1:
        yield "one lift, lowered several times"
    for imported, lowers in Counter(lower.host_import for lower in plan.host_lowers).items():
        path = plan.host_imports[imported].path
        yield "host import function" if len(path) == 1 else "host import in an instance"
        if lowers > 1:
            yield "one host import, lowered several times"
    yield from _relations(plan)


def _meet(called: dict[int, set[int]], callees: set[int]) -> bool:
    """Whether two of *callees* call the same one."""
    below = [called.get(callee, set()) - {callee} for callee in callees]
    return any(a & b for i, a in enumerate(below) for b in below[i + 1 :])


def _relations(plan: Plan) -> Iterator[str]:
    for adapter in plan.adapters:
        lower, lift = adapter.options, plan.lifts[adapter.lift].options
        if lower.memory is not None and lift.memory is not None and lower.pointer != lift.pointer:
            yield "memories of different widths at an adapter"
        if lower.memory is not None and lower.memory == lift.memory:
            yield "the same memory on both sides of an adapter"


# -- modules


def _modules(plan: Plan) -> Iterator[str]:
    steps = list(plan.core_instances.values())
    by_owner: dict[int, list[InstantiateModule]] = {}
    for step in steps:
        by_owner.setdefault(step.owner, []).append(step)
    yield f"core instances in one component: {counted(max(map(len, by_owner.values()), default=1))}"
    made = Counter(tuple(step.module for step in of_one) for of_one in by_owner.values())
    if any(n > 1 for n in made.values()):
        yield "two component instances of the same modules"
    if any(n > 1 for of_one in by_owner.values() for n in Counter(s.module for s in of_one).values()):
        yield "a module instantiated twice in a component"
    for step in steps:
        module = plan.modules[step.module]
        sorts = {arg.sort for arg in step.args if isinstance(arg, InstanceExport)}
        yield from (f"a core instance imports a {sort.value.removeprefix('core ')}" for sort in sorts)
        if module.has_start:
            yield "start function"
        lowered = [arg for arg in step.args if not isinstance(arg, InstanceExport)]
        if module.writes_imports and Sort.CORE_TABLE in sorts and lowered:
            yield "lowered functions put into a table"
        elif lowered:
            yield "lowered functions imported"
    yield from _memories(plan)


def _memories(plan: Plan) -> Iterator[str]:
    used: dict[int, set[InstanceExport]] = {}
    for owner, options in _options(plan):
        if options.memory is not None:
            used.setdefault(owner, set()).add(options.memory)
            if isinstance(options.realloc, InstanceExport) and options.realloc.instance != options.memory.instance:
                yield "realloc of another core instance than the memory"
        if options.pointer == "i64":
            yield "64-bit memory"
    if any(len(memories) > 1 for memories in used.values()):
        yield "a component with several memories"
    for lift in plan.lifts:
        if (
            lift.options.memory is not None and isinstance(lift.callee, InstanceExport)
            and lift.callee.instance != lift.options.memory.instance
        ):
            yield "memory of another core instance than the callee"


def _options(plan: Plan) -> Iterator[tuple[int, Options]]:
    yield from ((lift.instance, lift.options) for lift in plan.lifts)
    yield from ((adapter.caller, adapter.options) for adapter in plan.adapters)
    yield from ((lower.caller, lower.options) for lower in plan.host_lowers)


# -- exports


def _exports(plan: Plan) -> Iterator[str]:
    def visit(exports: Iterable[tuple[str, Exported]], level: int) -> Iterator[str]:
        for _, item in exports:
            match item:
                case ExportedInstance(inner):
                    yield f"exported instance{' in an instance' if level else ''}"
                    yield from visit(inner, level + 1)
                case ExportedFunc(lift):
                    depth = len(plan.ancestors(plan.lifts[lift].instance)) - 1
                    yield f"exported function of {('the root', 'a child', 'a grandchild')[min(depth, 2)]}"
                case ExportedResource():
                    yield "exported resource type"

    yield from visit(plan.exports, 0)


# -- core functions


FILLERS = ("core code", "an adapter", "a host lower", "resource.new", "resource.rep", "resource.drop", "context.get",
           "context.set")

_FILL = {
    "callee": FILLERS,
    "realloc": ("core code", "an adapter", "a host lower"),
    "post-return": ("core code", "an adapter", "a host lower", "resource.drop", "context.set"),
    "destructor": ("core code", "an adapter", "a host lower", "resource.drop", "context.set"),
}
"""What can fill a role, by core type: a realloc has four parameters and a result, a destructor one i32 and none."""


def filler(plan: Plan, item: CoreItem | None) -> str:
    """What kind of core function *item* is."""
    match item:
        case AdapterRef():
            return "an adapter"
        case HostLowerRef():
            return "a host lower"
        case BuiltinRef(index):
            return plan.builtins[index].kind
        case _:
            return "core code"


def _kind(plan: Plan, item: CoreItem) -> str:
    return filler(plan, item)


def filled(role: str, what: str) -> str:
    return f"role: {role} is {what}"


ROLES = Group(
    "role", "core functions that were called in a role, by what fills it",
    tuple(filled(role, what) for role, found in _FILL.items() for what in found),
)

GRAPHS = Group(
    "graph", "the component after linking: how many of what, who can call whom, what core instances share",
    named(
        "graph",
        *(f"component instances: {words}" for words in (*(w for _, w in _COUNTS), "more than 12")),
        *(f"nested {n} deep" for n in ("0", "1", "2", "3", "4 or more")),
        *(f"adapters: {words}" for words in (*(w for _, w in _COUNTS), "more than 12")),
        *(f"adapter modules: {n}" for n in ("0", "1", "2", "3", "4 or more")),
        *(f"resource types: {n}" for n in ("1", "2", "3", "4", "5", "6 or more")),
        "one resource type given for two imports", "resource type of the host's", "resource type without destructor",
        "resource types of several instances",
        *(f"an instance {what} {n} others" for what in ("calls", "is called by")
          for n in ("0", "1", "2", "3", "4 or more")),
        "in between: called by one instance, calls another", "diamond",
        *(f"lift of {what}" for what in FILLERS[1:]),
        "one lift, lowered several times", "host import function", "host import in an instance",
        "one host import, lowered several times",
        "memories of different widths at an adapter", "the same memory on both sides of an adapter",
        *(f"core instances in one component: {words}" for words in (*(w for _, w in _COUNTS), "more than 12")),
        "two component instances of the same modules", "a module instantiated twice in a component",
        *(f"a core instance imports a {sort}" for sort in ("func", "memory", "table", "global")),
        "start function", "lowered functions put into a table", "lowered functions imported",
        "realloc of another core instance than the memory", "64-bit memory", "a component with several memories",
        "memory of another core instance than the callee",
        "exported instance", "exported instance in an instance",
        *(f"exported function of {whom}" for whom in ("the root", "a child", "a grandchild")),
        "exported resource type", "a core instance imports a tag",
    ),
)

EXCLUDED = (
    Excluded("graph: host import exported again", "wasmtime refuses such components, so no generated case is one"),
    Excluded("role: realloc is a built-in", "no built-in has four parameters"),
    Excluded("role: post-return or destructor is resource.new, resource.rep or context.get", "these have results"),
)

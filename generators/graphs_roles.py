"""Strategies for the roles that a core function can have, and what fills them.

The roles: what a lift is of, a realloc, a post-return, a destructor; and, wherever guests and core instances are given
functions, an import of a core module, an element of a table, a part. Anything of the right type fills them: guest
code, a lower of another component's lift, a lower of a host import, a built-in. Explainer.md, "Canonical Definitions";
CanonicalABI.md, "canonopt Validation".
"""

from __future__ import annotations

from collections.abc import Callable

from fact.model.types import Prim
from generators.blueprint import (
    Answer,
    EchoArgument,
    HostFunction,
    HostTrap,
    Signature,
)
from generators.graphs import BuiltIn, Lift, Lower, Resource
from generators.graphs_bodies import BLOCK, LOGGING, Want
from generators.graphs_core import (
    Call,
    Code,
    CoreExport,
    CoreFunc,
    CoreImport,
    Function,
    Memory,
    Operand,
    Param,
    Result,
)
from generators.graphs_effects import lifted, lowered
from generators.graphs_facts import (
    UNMARKED,
    CoreFn,
    CoreModule,
    Effects,
    Exports,
    Fn,
    Generative,
    Kind,
    Made,
    gives,
    lifted_type,
    wants,
)
from generators.graphs_guests import guest
from generators.graphs_scope import Item, Scope
from generators.graphs_signatures import ENCODINGS, answer, signature_of
from generators.layout import lower_needs_realloc, needs_memory, takes_pointers
from generators.valtypes import has_pointers

KINDS: tuple[Kind, ...] = ("own", "adapter", "host", "built-in")

BUILT_INS = {
    CoreFunc(("i32",), ("i32",)): ("resource.rep", "resource.new"),
    CoreFunc(("i32",)): ("context.set", "resource.drop"),
    CoreFunc((), ("i32",)): ("context.get",),
}

DROPPED = CoreFunc(("i32",))
"""The type of a destructor."""


def fillers(t: CoreFunc) -> tuple[Kind, ...]:
    """What there can be of type *t*."""
    return KINDS if t in BUILT_INS else KINDS[:3]


def core_function(
    scope: Scope, t: CoreFunc, made: Made = UNMARKED, *, kinds: tuple[Kind, ...] = KINDS, pure: bool = False,
    wanted: Callable[[CoreFn], bool] = lambda _: True,
) -> Item:
    """A function of type *t*, there already or new. *pure*: guest code that does not leave the component, if guest
    code it is; *wanted*: of what is there already."""
    shared = scope.shared
    options = tuple(k for k in fillers(t) if k in kinds)
    kind: Kind = shared.pick(shared.axes.among("graph filler", (*options, *options, "own")))
    if shared.seldom(3):
        kind = "own" if "own" in options else kind
    if kind == "own":
        fitting = [
            i for i in scope.some("core func") if isinstance(f := i.facts, CoreFn)
            and f.type == t and f.kind == "own" and f.gives == made.gives and f.signature == made.signature
            and not f.throws and wanted(f) and fair(scope, f) and not (pure and f.effects.leaves)
        ]
        if fitting and shared.seldom(2):
            return shared.pick(fitting)
        return guest(scope, [Want(t, made, pure)])[0]
    found = [
        i for i in scope.some("core func") if isinstance(f := i.facts, CoreFn) and f.type == t and f.kind == kind
        and wanted(f) and fair(scope, f)
    ]
    if found and not shared.seldom(3):
        return shared.pick(found[::-1])
    match kind:
        case "adapter":
            return adapter(scope, t)
        case "host":
            return host_lower(scope, t)
        case _:
            return built_in(scope, t)


def fair(scope: Scope, f: CoreFn) -> bool:
    """Whether it may fill a role."""
    return scope.callable(f)


# -- what fills roles


def adapter(scope: Scope, t: CoreFunc) -> Item:
    """A lower of a function of another component."""
    def fitting(f: object) -> bool:
        return isinstance(f, Fn) and scope.callable(f) and lifted_type(f.signature) == t \
            and not needs_memory(f.signature) and not f.host and not f.late

    found = scope.some("func", fitting)
    if found and not scope.shared.seldom(3):
        return lower(scope, scope.shared.pick(found[::-1]))
    child = Scope(scope.shared, scope)
    signature = signature_of(t)
    function = lift(child, signature, kinds=("own",), plain=True)
    child.export(function, "f")
    component, _ = child.closed()
    instance = scope.instance(component, [])
    exported = next(i for i in scope.items if i.instance is instance)
    return lower(scope, exported)


def host_import(scope: Scope, signature: Signature) -> Item:
    """A function of the host's, imported by every component on the way here."""
    found = scope.some("func", lambda f: isinstance(f, Fn) and f.host and f.signature == signature)
    if found:
        return found[-1]
    if scope.parent is not None:
        arg = host_import(scope.parent, signature)
        return scope.imported("func", arg.facts, arg, f"h{len(scope.imports)}")
    shared = scope.shared
    name = f"host{len(scope.imports)}"
    result = signature.result
    behaviour: Answer | EchoArgument | HostTrap = Answer(result, answer(result)) if result is not None else Answer()
    if result is not None and result in signature.params and shared.seldom(2):
        behaviour = EchoArgument(signature.params.index(result))
    traps = shared.risky and shared.seldom(8)
    if traps:
        behaviour = HostTrap()
    fn = Fn(signature, Effects(traps=traps), host=True)
    if not shared.seldom(3):
        shared.host.append(HostFunction((name,), behaviour))
        return scope.imported("func", fn, None, name)
    name = shared.pick((name, f"fuzz:{name}/api@1.0.0"))
    shared.host.append(HostFunction((name, "f"), behaviour))
    instance = scope.imported("instance", Exports({"f": ("func", fn)}), None, name)
    return next(i for i in scope.items if i.instance is instance)


def host_lower(scope: Scope, t: CoreFunc) -> Item:
    """Without a memory: with one it may not be part of an adapter (corpus/findings/host-lower-memory-abort.wast)."""
    return lower(scope, host_import(scope, signature_of(t)), plain=True)


def built_in(scope: Scope, t: CoreFunc) -> Item:
    kind = scope.shared.pick(BUILT_INS[t])
    if kind.startswith("context"):
        return scope.add("core func", CoreFn(t, "built-in"), lambda n: BuiltIn(n, kind))  # type: ignore[arg-type]
    if not scope.some("resource") or scope.shared.seldom(3):
        resource(scope)
    item = scope.shared.pick(scope.some("resource")[::-1])
    return next(i for i in scope.items if i.name == f"{kind} {item.id}" )


def resource(scope: Scope) -> Item:
    """A resource type, and the built-ins that are about it."""
    shared = scope.shared
    destructor = None
    effects = Effects(leaves=True)
    if not shared.seldom(3):
        destructor = core_function(scope, DROPPED)
        facts = destructor.facts
        assert isinstance(facts, CoreFn)
        effects = effects.then(facts.effects)
        if facts.kind == "adapter":
            pin(scope, destructor)
        if any(facts.wants):
            effects = effects.then(Effects(traps=True))
    dtor = None if destructor is None else scope.use(destructor)
    item = scope.add("resource", Generative(), lambda n: Resource(n, dtor))
    assert item.id is not None
    handle = f"handle{item.id}"
    one, number = ("i32",), item.id
    leaving = Effects(leaves=True)
    for kind, facts in (
        ("resource.new", CoreFn(CoreFunc(one, one), "built-in", leaving, (), handle)),  # type: ignore[arg-type]
        ("resource.rep", CoreFn(CoreFunc(one, one), "built-in", Effects(), (handle,))),  # type: ignore[arg-type]
        ("resource.drop", CoreFn(CoreFunc(one), "built-in", effects, (handle,))),  # type: ignore[arg-type]
    ):
        made = scope.add("core func", facts, lambda n, k=kind: BuiltIn(n, k, number))  # type: ignore[misc]
        made.name = f"{kind} {number}"
    return item


def pin(scope: Scope, function: Item) -> None:
    """Has a core instance import *function*. wasmtime 50 aborts if an adapter is first needed as a destructor, or as
    the realloc of a lower of a host import (corpus/findings/destructor-adapter-abort.wast)."""
    if scope.shared.aborts:
        return
    facts = function.facts
    assert isinstance(facts, CoreFn)
    module = scope.module(CoreModule(Code((LOGGING, CoreImport("pinned", "p", "pinned", facts.type))), {}))
    scope.core_instance(module, {"p": scope.parts({"pinned": function})})


def calling(scope: Scope, callee: Item) -> Item:
    """A function that calls *callee*, of its type."""
    facts = callee.facts
    assert isinstance(facts, CoreFn)
    args: tuple[Operand, ...] = tuple(Param(n) for n in range(len(facts.type.params)))
    function = Function("f", next(scope.shared.functions), facts.type, (Call("c", args),), Result(0))
    code = Code((LOGGING, CoreImport("c", "p", "c", facts.type)), functions=(function,),
                exports=(CoreExport("f", "func", "f"),))
    made = scope.core_instance(scope.module(CoreModule(code, {})), {"p": scope.parts({"c": callee})})
    return next(i for i in scope.items if i.instance is made)


# -- lifts and lowers


def memory(scope: Scope) -> Item:
    found = scope.some("core memory")
    if found and not scope.shared.seldom(4):
        return scope.shared.pick(found[::-1][:5])
    module = scope.module(CoreModule(Code(own=(("m", Memory()),), exports=(CoreExport("m", "memory", "m"),)), {}))
    instance = scope.core_instance(module, {})
    return next(i for i in scope.items if i.instance is instance)


def lift(scope: Scope, s: Signature, *, kinds: tuple[Kind, ...] = KINDS, plain: bool = False) -> Item:
    """A lift of type *s*. *plain*: without options that it could do without."""
    shared = scope.shared
    needed = gives(s.result)
    made = Made(wants(s) if any(map(has_pointers, s.params)) else (), needed, s if needed or needs_memory(s) else None)
    if needed and needed != "char":
        kinds = ("own",)
    callee = core_function(scope, lifted_type(s), made, kinds=kinds,
                           wanted=lambda f: not f.late or shared.aborts)
    given = realloc = post = None
    if needs_memory(s) or (not plain and shared.seldom(6)):
        given = memory(scope)
    if takes_pointers(s):
        realloc = core_function(scope, BLOCK, Made(gives="block"), pure=True,
                                kinds=KINDS if shared.risky or shared.seldom(4) else ("own",))
    elif given is not None and not plain and shared.seldom(2):
        realloc = core_function(scope, BLOCK, Made(gives="block"), pure=True)
    if not plain and shared.seldom(4):
        t = lifted_type(s)
        post = core_function(scope, CoreFunc(t.results), pure=True)
    memory_id, realloc_id, post_id = (None if i is None else scope.use(i) for i in (given, realloc, post))
    number = scope.use(callee)
    encoding = shared.pick(ENCODINGS) if Prim.STRING in (*s.params, s.result) else None
    facts = lifted(s, *(None if i is None else i.facts for i in (callee, realloc, post)))  # type: ignore[arg-type]
    return scope.add("func", facts, lambda n: Lift(n, s, number, memory_id, realloc_id, post_id, encoding))


def lower(scope: Scope, function: Item, *, plain: bool = False) -> Item:
    """*plain*: without options that it could do without."""
    shared = scope.shared
    f = function.facts
    assert isinstance(f, Fn)
    s = f.signature
    given = realloc = None
    if needs_memory(s) or (not plain and shared.seldom(8)):
        given = memory(scope)
    needed = lower_needs_realloc(s)
    if needed or (given is not None and shared.seldom(2)):
        kinds = KINDS if shared.risky or not needed or shared.seldom(4) else ("own",)
        realloc = core_function(scope, BLOCK, Made(gives="block"), pure=True, kinds=kinds,
                                wanted=lambda r: not r.late)
    if realloc is not None and isinstance(realloc.facts, CoreFn) and realloc.facts.kind == "adapter" and f.host:
        pin(scope, realloc)
    memory_id, realloc_id = (None if i is None else scope.use(i) for i in (given, realloc))
    number = scope.use(function)
    encoding = shared.pick(ENCODINGS) if Prim.STRING in (*s.params, s.result) else None
    facts = lowered(f, None if realloc is None else realloc.facts,  # type: ignore[arg-type]
                    None if given is None else given.facts)  # type: ignore[arg-type]
    return scope.add("core func", facts, lambda n: Lower(n, number, memory_id, realloc_id, encoding))

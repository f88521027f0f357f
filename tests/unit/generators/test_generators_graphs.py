"""Component graphs by hand: what their text means, with outcomes and logs worked out from the specification."""

from __future__ import annotations

import pytest
from wasmtime import wat2wasm

from fact.model.traps import TrapReason
from fact.model.types import Prim
from fuzz.engines.base import Engine
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine
from fuzz.observe import Program, observe
from fuzz.outcome import Outcome, Returned
from generators.blueprint import Answer, HostFunction, Signature
from generators.families import AnyBlueprint, called_signatures, from_json, render, to_json
from generators.graphs import (
    LOG,
    Alias,
    BuiltIn,
    Bundle,
    Component,
    ComponentType,
    CoreAlias,
    CoreInstance,
    Definition,
    Export,
    FuncType,
    GraphBlueprint,
    HostCall,
    Import,
    Instance,
    Lift,
    Lower,
    Module,
    ModuleType,
    Outer,
    Parts,
    Resource,
    references,
    walk,
)
from generators.graphs_code import REALLOCATED, SCRATCH, TEXT
from generators.graphs_core import (
    Call,
    Code,
    Compute,
    Const,
    CoreExport,
    CoreFunc,
    CoreImport,
    Count,
    Element,
    Function,
    Global,
    Indirect,
    Load,
    Memory,
    Move,
    Param,
    Read,
    Result,
    Store,
    Table,
    Tag,
    Throw,
)

ENGINES: tuple[Engine, ...] = (ReferenceEngine(), CompiledEngine(), NativeEngine())

NUMBER, NOTHING, TAKE = Signature((Prim.U32,), Prim.U32), Signature(()), Signature((Prim.U32,))
ONE, NONE, DROP, BLOCK = (CoreFunc(("i32",), ("i32",)), CoreFunc(), CoreFunc(("i32",)),
                          CoreFunc(("i32",) * 4, ("i32",)))
LOGGING = CoreImport("log", "log", "log", CoreFunc(("i64",)))


def exported(*functions: Function) -> tuple[CoreExport, ...]:
    return tuple(CoreExport(f.name, "func", f.name) for f in functions)


def forwarding(n: int, callee: str = "f") -> Function:
    """Function `g`, number *n*, which returns what *callee* makes of its parameter."""
    return Function("g", n, ONE, (Call(callee, (Param(0),)),), Result(0))


def outcomes(b: AnyBlueprint, engine: Engine) -> list[Outcome]:
    rendered = render(b)
    program = Program(bytes(wat2wasm(rendered.text)), rendered.calls, rendered.log_prefixes, rendered.host)
    return observe(engine, program).outcomes()


def results(b: AnyBlueprint) -> list[object]:
    """What all engines agree on: values, and reasons of traps."""
    found = [[o.value if isinstance(o, Returned) else getattr(o, "reason", o) for o in outcomes(b, e)] for e in ENGINES]
    assert found[0] == found[1] == found[2]
    return found[0]


def log(b: AnyBlueprint, prefix: str) -> list[int]:
    """All entries of a log after all calls, which return, on each engine."""
    rendered = render(b)
    found = []
    for engine in ENGINES:
        running = engine.load(bytes(wat2wasm(rendered.text))).instantiate(lambda path, type, args: None)
        for function, args in rendered.calls:
            running.invoke(function, args)
        count = running.invoke(f"{prefix}-log-count", [])
        assert isinstance(count, int)
        found.append([running.invoke(f"{prefix}-log-entry", [i]) for i in range(count)])
    assert found[0] == found[1] == found[2]
    return found[0]  # type: ignore[return-value]


def called(n: int) -> int:
    return 1 << 32 | n


def gave(step: int) -> int:
    return 2 << 32 | step


def test_a_realloc_runs_before_the_callee_and_a_post_return_after() -> None:
    """CanonicalABI.md, canon lift. Memory, realloc, callee and post-return come from four core instances."""
    memory = Code(own=(("m", Memory()),), exports=(CoreExport("m", "memory", "m"),))
    realloc = Function("r", 1, BLOCK, allocates=True)
    callee = Function("f", 2, CoreFunc(("i32", "i32"), ("i32",)), (Read("m", Param(0), Param(1)),), Result(0))
    post = Function("p", 3, DROP)
    reading = Code((LOGGING, CoreImport("m", "i", "m", Memory())), functions=(callee,), exports=exported(callee))
    b = GraphBlueprint((
        Module(1, memory), Module(2, Code((LOGGING,), functions=(realloc,), exports=exported(realloc))),
        Module(3, reading), Module(4, Code((LOGGING,), functions=(post,), exports=exported(post))),
        CoreInstance(5, 1), CoreInstance(6, 2, (("log", LOG),)), CoreInstance(7, 3, (("log", LOG), ("i", 5))),
        CoreInstance(8, 4, (("log", LOG),)),
        CoreAlias(9, "memory", 5, "m"), CoreAlias(10, "func", 6, "r"), CoreAlias(11, "func", 7, "f"),
        CoreAlias(12, "func", 8, "p"),
        Lift(13, Signature((Prim.STRING,), Prim.U32), 11, 9, 10, 12, "utf16"), Export(14, "f", "func", 13),
    ), (HostCall("f", Signature((Prim.STRING,), Prim.U32), ("ab",)),))
    digest = ord("a") * 31 + 0
    assert results(b) == [digest], "two units, of which the callee reads as many bytes"
    assert log(b, "root") == [called(1), 0, 0, 2, 4, called(2), REALLOCATED, 2, gave(0), digest, called(3), digest]


def adapter_realloc(s: Signature) -> GraphBlueprint:
    """The realloc of a lift of type *s* is another component's function."""
    realloc = Function("r", 1, BLOCK, returns=Const(64))
    four = Signature((Prim.U32,) * 4, Prim.U32)
    other = Component(1, (
        Module(2, Code(functions=(realloc,), exports=exported(realloc))), CoreInstance(3, 2),
        CoreAlias(4, "func", 3, "r"), Lift(5, four, 4), Export(6, "r", "func", 5),
    ))
    callee = Function("f", 2, ONE if s == NUMBER else CoreFunc(("i32", "i32"), ("i32",)), returns=Const(7))
    own = Code(own=(("m", Memory()),), functions=(callee,), exports=(*exported(callee), CoreExport("m", "memory", "m")))
    return GraphBlueprint((
        other, Instance(7, 1), Alias(8, "func", 7, "r"), Lower(9, 8), Module(10, own), CoreInstance(11, 10),
        CoreAlias(12, "func", 11, "f"), CoreAlias(13, "memory", 11, "m"), Lift(14, s, 12, 13, 9),
        Export(15, "f", "func", 14),
    ), (HostCall("f", s, (1,) if s == NUMBER else ("x",)),))


def test_an_adapter_as_realloc_may_not_leave() -> None:
    """CanonicalABI.md, canon lower (trap_if(not may_leave)), Storing (realloc is called with may_leave cleared)."""
    assert results(adapter_realloc(Signature((Prim.STRING,), Prim.U32))) == [TrapReason.CANNOT_LEAVE]


def test_a_realloc_that_is_not_needed_is_not_called() -> None:
    """canonopt validation: a realloc may be given to any lift."""
    assert results(adapter_realloc(NUMBER)) == [7]


def test_built_ins_are_lifted() -> None:
    """CanonicalABI.md, canon resource.new, resource.rep, resource.drop: handles begin at 1; a destructor is told the
    representation."""
    dtor = Function("d", 1, DROP)
    b = GraphBlueprint((
        Module(1, Code((LOGGING,), functions=(dtor,), exports=exported(dtor))), CoreInstance(2, 1, (("log", LOG),)),
        CoreAlias(3, "func", 2, "d"), Resource(4, 3), BuiltIn(5, "resource.new", 4), BuiltIn(6, "resource.rep", 4),
        BuiltIn(7, "resource.drop", 4), Lift(8, NUMBER, 5), Lift(9, NUMBER, 6), Lift(10, TAKE, 7),
        Export(11, "new", "func", 8), Export(12, "rep", "func", 9), Export(13, "drop", "func", 10),
    ), (HostCall("new", NUMBER, (40,)), HostCall("new", NUMBER, (50,)), HostCall("rep", NUMBER, (2,)),
        HostCall("drop", TAKE, (1,))))
    assert results(b) == [1, 2, 50, None]
    assert log(b, "root") == [called(1), 40]


def test_the_drop_of_another_resource_is_a_destructor() -> None:
    """Binary.md, Type Definitions: a destructor is any core function (i32) -> (). The representation of the outer is a
    handle of the inner."""
    dtor = Function("d", 1, DROP)
    b = GraphBlueprint((
        Module(1, Code((LOGGING,), functions=(dtor,), exports=exported(dtor))), CoreInstance(2, 1, (("log", LOG),)),
        CoreAlias(3, "func", 2, "d"), Resource(4, 3), BuiltIn(5, "resource.new", 4), BuiltIn(6, "resource.drop", 4),
        Resource(7, 6), BuiltIn(8, "resource.new", 7), BuiltIn(9, "resource.drop", 7),
        Lift(10, NUMBER, 5), Lift(11, NUMBER, 8), Lift(12, TAKE, 9),
        Export(13, "inner", "func", 10), Export(14, "outer", "func", 11), Export(15, "drop", "func", 12),
    ), (HostCall("inner", NUMBER, (77,)), HostCall("outer", NUMBER, (1,)), HostCall("drop", TAKE, (2,))))
    assert results(b) == [1, 2, None]
    assert log(b, "root") == [called(1), 77]


def test_storage_is_zero_in_every_call() -> None:
    """CanonicalABI.md, canon context.get: each call is a thread of its own. A post-return runs in its call's."""
    f = Function("f", 1, CoreFunc((), ("i32",)), (Call("set", (Const(9),)), Call("get")), Result(1))
    imports = (CoreImport("get", "i", "get", CoreFunc((), ("i32",))), CoreImport("set", "i", "set", DROP))
    number = Signature((), Prim.U32)
    b = GraphBlueprint((
        BuiltIn(1, "context.get"), BuiltIn(2, "context.set"), Parts(3, (("get", "func", 1), ("set", "func", 2))),
        Module(4, Code(imports, functions=(f,), exports=exported(f))), CoreInstance(5, 4, (("i", 3),)),
        CoreAlias(6, "func", 5, "f"), Lift(7, number, 6, None, None, 2), Lift(8, number, 1),
        Export(9, "f", "func", 7), Export(10, "get", "func", 8),
    ), (HostCall("f", number), HostCall("get", number)))
    assert results(b) == [9, 0]


def test_a_table_is_filled_in_later() -> None:
    """A lift, given to a child, goes through a table to what is lowered from another child: two core instances share
    the table. Explainer.md, Core Instance Definitions."""
    through = Function("s", 1, ONE, (Indirect("t", 0, ONE, (Param(0),)),), Result(0))
    shim = Code(own=(("t", Table(1)),), functions=(through,),
                exports=(CoreExport("s", "func", "s"), CoreExport("t", "table", "t")))
    g = forwarding(2)
    relay = Component(10, (
        Import(11, "f", FuncType(NUMBER)), Lower(12, 11), Parts(13, (("f", "func", 12),)),
        Module(14, Code((LOGGING, CoreImport("f", "i", "f", ONE)), functions=(g,), exports=exported(g))),
        CoreInstance(15, 14, (("log", LOG), ("i", 13))), CoreAlias(16, "func", 15, "g"), Lift(17, NUMBER, 16),
        Export(18, "g", "func", 17),
    ))
    source = Function("h", 3, ONE, (Count("n", Param(0)),), Result(0))
    leaf = Component(20, (
        Module(21, Code(own=(("n", Global("i32")),), functions=(source,), exports=exported(source))),
        CoreInstance(22, 21), CoreAlias(23, "func", 22, "h"), Lift(24, NUMBER, 23), Export(25, "h", "func", 24),
    ))
    fixup = Code((CoreImport("t", "i", "t", Table(1)), CoreImport("e", "i", "e", ONE)),
                 elements=(Element("t", 0, ("e",)),))
    b = GraphBlueprint((
        Module(1, shim), CoreInstance(2, 1), CoreAlias(3, "func", 2, "s"), CoreAlias(4, "table", 2, "t"),
        Lift(5, NUMBER, 3), relay, Instance(30, 10, (("f", "func", 5),)), leaf, Instance(31, 20),
        Alias(32, "func", 31, "h"), Lower(33, 32), Parts(34, (("t", "table", 4), ("e", "func", 33))), Module(35, fixup),
        CoreInstance(36, 35, (("i", 34),)), Alias(37, "func", 30, "g"), Export(38, "run", "func", 37),
    ), (HostCall("run", NUMBER, (5,)), HostCall("run", NUMBER, (6,))))
    assert results(b) == [5, 11]
    assert log(b, "i30") == [called(2), 5, gave(0), 5, called(2), 6, gave(0), 11]


@pytest.mark.parametrize(("caught", "expected"), [("x", 42), ("", TrapReason.UNCAUGHT_EXCEPTION)])
def test_an_exception_is_caught_in_another_core_instance(caught: str, expected: object) -> None:
    """CanonicalABI.md, Embedding: call_and_trap_on_throw. Tags are shared like functions."""
    thrower = Function("f", 1, ONE, (Throw("x", Param(0), False),), Const(1))
    catcher = Function("g", 2, ONE, (Call("f", (Param(0),), caught),), Result(0))
    first = Code(own=(("x", Tag()),), functions=(thrower,), exports=(*exported(thrower), CoreExport("x", "tag", "x")))
    second = Code((CoreImport("f", "i", "f", ONE), CoreImport("x", "i", "x", Tag())), functions=(catcher,),
                  exports=exported(catcher))
    b = GraphBlueprint((
        Module(1, first), CoreInstance(2, 1), Module(3, second), CoreInstance(4, 3, (("i", 2),)),
        CoreAlias(5, "func", 4, "g"), Lift(6, NUMBER, 5), Export(7, "g", "func", 6),
    ), (HostCall("g", NUMBER, (42,)),))
    assert results(b) == [expected]


def test_steps() -> None:
    """Core semantics: a store is loaded, a copy and a fill are read, globals count, vectors and structures compute."""
    steps = (
        Store("m", SCRATCH, Param(0)), Load("m", SCRATCH),
        Move("k", "m", SCRATCH, 2), Read("k", Const(SCRATCH), Const(2)),
        Move("k", "", SCRATCH, 1), Read("k", Const(SCRATCH), Const(2)), Count("n", Result(1)), Count("n", Const(3)),
        Compute("simd", Const(7)), Compute("gc", Result(8)), Throw("x", Const(6)),
    )
    f = Function("f", 1, ONE, steps, Result(7))
    own = (("m", Memory()), ("k", Memory()), ("n", Global("i64")), ("x", Tag()))
    b = GraphBlueprint((
        Module(1, Code((LOGGING,), own, (f,), exports=exported(f))), CoreInstance(2, 1, (("log", LOG),)),
        CoreAlias(3, "func", 2, "f"), Lift(4, NUMBER, 3), Export(5, "f", "func", 4),
    ), (HostCall("f", NUMBER, (1000,)),))
    assert results(b) == [1003]
    a, letter_b, z = ord("a"), ord("b"), 0x5A
    assert log(b, "root") == [
        called(1), 1000, gave(1), 1000, gave(3), a * 31 + letter_b, gave(5), z * 31 + letter_b, gave(6), 1000,
        gave(7), 1003, gave(8), 7 + 3, gave(9), 10, gave(10), 6,
    ]
    assert TEXT < SCRATCH


def test_components_and_modules_go_where_they_are_wanted() -> None:
    """Explainer.md, Instance Definitions and Alias Definitions: a component that is given a component and a module
    instantiates both twice; one further inside takes a module by an outer alias."""
    f = Function("f", 1, ONE, (Count("n", Param(0)),), Result(0))
    code = Code(own=(("n", Global("i32")),), functions=(f,), exports=exported(f))
    module_type = ModuleType((), (("f", ONE),))
    lifter = Component(10, (
        Import(11, "m", module_type), CoreInstance(12, 11), CoreAlias(13, "func", 12, "f"), Lift(14, NUMBER, 13),
        Export(15, "f", "func", 14),
    ))
    component_type = ComponentType((("m", module_type),), (("f", FuncType(NUMBER)),))
    deepest = Component(40, (
        Outer(41, "core module", 1), CoreInstance(42, 41), CoreAlias(43, "func", 42, "f"), Lift(44, NUMBER, 43),
        Export(45, "f", "func", 44),
    ))
    user = Component(20, (
        Import(21, "c", component_type), Import(22, "m", module_type), Instance(23, 21, (("m", "core module", 22),)),
        Instance(24, 21, (("m", "core module", 22),)), deepest, Instance(46, 40),
        Alias(25, "func", 23, "f"), Alias(26, "func", 24, "f"), Alias(27, "func", 46, "f"),
        Bundle(28, (("a", "func", 25), ("b", "func", 26))), Export(29, "fuzz:graphs/face@1.0.0", "instance", 28),
        Export(30, "c", "func", 27),
    ))
    face = "i#a", "i#b", "c", "i#a"
    b = GraphBlueprint((
        Module(1, code), lifter, user,
        Instance(50, 20, (("m", "core module", 1), ("c", "component", 10))),
        Alias(51, "instance", 50, "fuzz:graphs/face@1.0.0"), Alias(52, "func", 50, "c"),
        Export(53, "i", "instance", 51), Export(54, "c", "func", 52),
    ), tuple(HostCall(path, NUMBER, (n,)) for n, path in enumerate(face, 1)))
    assert results(b) == [1, 2, 3, 5]
    assert not render(b).log_prefixes


def test_a_host_import_is_lowered_in_a_start_function() -> None:
    """Every engine sees the call while it instantiates."""
    start = Function("s", 1, NONE, (Call("h", (Const(5),)),))
    b = GraphBlueprint((
        Import(1, "host0", FuncType(TAKE)), Lower(2, 1), Parts(3, (("h", "func", 2),)),
        Module(4, Code((CoreImport("h", "i", "h", DROP),), functions=(start,), exports=exported(start), start="s")),
        CoreInstance(5, 4, (("i", 3),)), CoreAlias(6, "func", 5, "s"), Lift(7, NOTHING, 6), Export(8, "s", "func", 7),
    ), (HostCall("s", NOTHING),), (HostFunction(("host0",), Answer()),))
    rendered = render(b)
    program = Program(bytes(wat2wasm(rendered.text)), rendered.calls, rendered.log_prefixes, rendered.host)
    for engine in ENGINES:
        (call,) = observe(engine, program).calls
        assert isinstance(call.outcome, Returned)
        assert [(c.name, c.args) for c in call.host_calls] == [("host0", (5,))] * 2


def test_json_and_references() -> None:
    b = adapter_realloc(NUMBER)
    assert from_json(to_json(b)) == b
    assert called_signatures(b) == (NUMBER,)
    found: dict[int, Definition] = {d.id: d for d in walk(b.body)}
    assert references(found[14]) == (12, 13, 9)
    assert references(found[1]) == ()
    with pytest.raises(ValueError, match="not a blueprint"):
        from_json('{"is":"graphs","body":[["no such"]]}')

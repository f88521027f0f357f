"""Adapter modules as modules: imports, exports, names, sharing, text."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import wasmtime
from adapters_harness import Running, World, func, function, memory

from fact.adapters import compile_adapters, everywhere
from fact.errors import Unsupported
from fact.model.plan import (
    Adapter,
    AdapterRef,
    FlagImport,
    HostLowerRef,
    InstanceExport,
    Lift,
    Options,
    Plan,
    TrapImport,
)
from fact.model.traps import TrapReason
from fact.model.types import FuncType, List, Option, Prim, Record, Tuple, TypeIndex, ValType

SNAPSHOTS = Path(__file__).parent / "snapshots"


def greeting() -> World:
    """One of everything: flat and spilled parameters, results, post-return, a trap site, a function that may throw."""
    world = World()
    app, greeter = world.component("app"), world.component("greeter")
    callee = world.core(greeter, """(module (tag $oops) (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
        (func (export "greet") (param i32 i32 i64) (result i32) (i32.const 0))
        (func (export "cabi_post_greet") (param i32))
        (func (export "many") (param i32)))""")
    caller = world.core(app, '(module (memory (export "memory") 1))', name="memory")
    greet = world.lower(
        app,
        world.lift(
            greeter, function(callee, "greet"), func("initial: char, age: u8, seed: u64 -> s16"),
            Options(memory=memory(callee), post_return=function(callee, "cabi_post_greet")), name="greet",
        ),
    )
    many = world.lower(
        app,
        world.lift(
            greeter, function(callee, "many"),
            func(", ".join(f"x{i}: bool" for i in range(15)) + ", last-but-one: f64, last: char"),
            Options(memory=memory(callee), realloc=function(callee, "cabi_realloc")), name="many",
        ),
        Options(memory=memory(caller)),
    )
    world.adapters(greet, many)
    world.core(app, "(module)")
    return world


def test_the_text_of_a_module() -> None:
    """Someone opens this at night because a trap came out of it: read it as they would."""
    (compiled,) = compile_adapters(greeting().plan())
    assert compiled.wat == (SNAPSHOTS / "greeting.wat").read_text()


def test_lines_stay_readable() -> None:
    (compiled,) = compile_adapters(greeting().plan())
    assert max(map(len, compiled.wat.splitlines())) <= 160


def test_imports_are_listed_in_the_order_of_the_text() -> None:
    (compiled,) = compile_adapters(greeting().plan())
    wanted = wasmtime.Module(wasmtime.Engine(), bytes(wasmtime.wat2wasm(compiled.wat))).imports
    kinds = {FlagImport: wasmtime.GlobalType, TrapImport: wasmtime.FuncType}
    assert len(wanted) == len(compiled.imports) == len(set(compiled.imports))
    for core_import, item in zip(wanted, compiled.imports, strict=True):
        is_memory = isinstance(item, InstanceExport) and item.name == "memory"
        kind = wasmtime.MemoryType if is_memory else kinds.get(type(item), wasmtime.FuncType)
        assert isinstance(core_import.type, kind)


def test_only_what_the_code_uses_is_imported() -> None:
    """A memory or realloc that no value goes through need not exist yet; nor a flag that nothing clears."""
    world = World()
    app, greeter = world.component("app"), world.component("greeter")
    callee = world.core(greeter, '(module (func (export "f") (param i32)))')
    options = Options(memory=memory(callee), realloc=function(callee, "realloc"))
    lifted = world.lift(greeter, function(callee, "f"), func("x: u32"), options)
    world.adapters(world.lower(app, lifted, Options(memory=memory(callee))))
    (compiled,) = compile_adapters(world.plan())
    assert set(compiled.imports) == {function(callee, "f")}
    (compiled,) = compile_adapters(world.plan(), confined=everywhere)
    assert set(compiled.imports) == {FlagImport("may_leave", app), function(callee, "f"), TrapImport()}


def test_sites_begin_with_none_and_are_listed_once() -> None:
    (compiled,) = compile_adapters(greeting().plan())
    assert compiled.sites[0] == ""
    assert sorted(compiled.sites) == ["", "param initial", "param last", "params"]


def test_labels_of_sites_are_the_callers() -> None:
    world = World()
    app, greeter = world.component("app"), world.component("greeter")
    callee = world.core(greeter, '(module (func (export "f") (param i32)))')
    lifted = world.lift(greeter, function(callee, "f"), func("theirs: char"))
    world.adapters(world.lower(app, lifted, t=func("mine: char")))
    running = world.run()
    assert running.trap(lambda: running.call_adapter(0, -1)) == (TrapReason.INVALID_CHAR, "param mine")


# -- adapters that refer to others

ADD_ONE = '(module (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))'


@pytest.mark.parametrize("together", [True, False])
def test_an_adapter_may_call_an_adapter(together: bool) -> None:
    """b lifts what it lowered, without any code between: in one module a call, in two an import."""
    world = World()
    a, b, c = (world.component(name) for name in "abc")
    leaf = world.core(c, ADD_ONE)
    inner = world.lower(b, world.lift(c, function(leaf, "f"), func("x: u8 -> u16"), name="inner"))
    outer = world.lower(a, world.lift(b, inner, func("x: u16 -> u8"), name="outer"))
    if together:
        world.adapters(inner, outer)
    else:
        world.adapters(inner)
        world.adapters(outer)
    running = world.run()
    assert running.call_adapter(outer.index, 0x1FF) == 0  # 0x1ff, as the inner u8 0xff, plus one, as the outer u8
    assert running.call_adapter(outer.index, 0x2FF - 1) == 0xFF
    assert any(isinstance(i, AdapterRef) for i in running.compiled[-1].imports) is not together


def test_an_adapter_may_call_the_host() -> None:
    world = World()
    a, b = world.component("a"), world.component("b")
    host = world.host_lower(b, func("x: u32 -> u32"), name="answer")
    world.adapters(world.lower(a, world.lift(b, host, func("x: u32 -> u32"))))
    running = world.run(answer=lambda x: x * 2)
    assert running.call_adapter(0, 21) == 42
    assert HostLowerRef(0) in running.compiled[0].imports


def test_one_adapter_may_be_another_ones_post_return() -> None:
    """It traps when it runs: post-return may not leave."""
    world = World()
    a, b, c = (world.component(name) for name in "abc")
    leaf = world.core(c, '(module (func (export "f")))')
    inner = world.lower(b, world.lift(c, function(leaf, "f"), func("")))
    world.core(b, '(module (func (export "f")))')
    world.adapters(inner, world.lower(a, world.lift(b, function(1, "f"), func(""), Options(post_return=inner))))
    running = world.run()
    running.call_adapter(0)
    assert running.trap(lambda: running.call_adapter(1)) == (TrapReason.CANNOT_LEAVE, None)


def test_equal_adapters_share_one_function() -> None:
    world = World()
    app, other, greeter = (world.component(name) for name in ("app", "other", "greeter"))
    callee = world.core(greeter, ADD_ONE)
    lifted = world.lift(greeter, function(callee, "f"), func("x: u8 -> u32"))
    same = [world.lower(app, lifted, name=name) for name in ("first", "second")]
    again = world.lower(app, world.lift(greeter, function(callee, "f"), func("x: u8 -> u32")))
    different = [world.lower(other, lifted), world.lower(app, lifted, t=func("y: u8 -> u32"))]
    world.adapters(*same, again, *different)
    running = world.run()
    assert [running.call_adapter(n, 1) for n in range(5)] == [2] * 5
    assert len(re.findall(r"^  \(func ", running.compiled[0].wat, re.MULTILINE)) == 3


def test_an_adapter_with_nothing_to_do_is_its_callee() -> None:
    """No function, and no call, of its own; and so for an adapter that calls that one."""
    world = World()
    a, b, c = (world.component(name) for name in "abc")
    leaf = world.core(c, ADD_ONE)
    inner = world.lower(b, world.lift(c, function(leaf, "f"), func("x: u32 -> s32")))
    world.adapters(inner, world.lower(a, world.lift(b, inner, func("x: s32 -> u32"))))
    running = world.run()
    assert [running.call_adapter(n, 1) for n in range(2)] == [2, 2]
    assert not re.findall(r"^  \(func ", running.compiled[0].wat, re.MULTILINE)


def test_helpers_are_emitted_once() -> None:
    """One for each type, source and destination, whoever calls it."""
    world = World()
    app, other, greeter = (world.component(name) for name in ("app", "other", "greeter"))
    callee = world.core(greeter, "(module)")
    options = Options(memory=memory(callee), realloc=function(callee, "realloc"))
    chars = List(Tuple((Prim.CHAR, Prim.BOOL)))
    lifted = world.lift(greeter, function(callee, "f"), FuncType((("a", chars), ("b", List(chars))), None), options)
    caller = world.core(app, "(module)")
    to_helpers = Options(memory=memory(caller))
    world.adapters(world.lower(app, lifted, to_helpers), world.lower(other, lifted, to_helpers))
    (compiled,) = compile_adapters(world.plan())
    made = re.findall(r"^  \(func \$((?:check|move)\.\S+)", compiled.wat, re.MULTILINE)
    assert len(made) == len(set(made)) == 4
    assert {name.split(".root")[0] for name in made} == {
        f"{walk}.list<{kind}>" for walk in ("check", "move") for kind in ("tuple", "list<tuple>")
    }


# -- names

ODD = ['wasi:io/poll@0.2.0#[method]pollable.ready', 'a "quoted" name', "back\\slash", "line\nbreak", "(; comment ;)",
       ";; comment", "", "ünï", "\u202eright to left", "$", "trap", "check_char", "f)", "\0"]


@pytest.mark.parametrize("name", ODD)
def test_any_name_can_be_exported(name: str) -> None:
    world = World()
    app, greeter = world.component(name), world.component(f"{name}!")
    plain = '(module (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))'
    callee = world.core(greeter, plain.replace('"f"', _literal(name)), name=name)
    lifted = world.lift(greeter, function(callee, name), func("x: u32 -> u32"), name=name)
    world.adapters(world.lower(app, lifted), world.lower(0, lifted))
    running = world.run()
    assert [running.call_adapter(n, 1) for n in range(2)] == [2, 2]


def _literal(name: str) -> str:
    return '"' + "".join(f"\\{byte:02x}" for byte in name.encode()) + '"'


def test_labels_like_the_names_of_our_own_locals_do_not_collide() -> None:
    world = World()
    app, greeter = world.component("app"), world.component("greeter")
    callee = world.core(greeter, """(module (func (export "f") (param i32 i32 i32) (result i32)
        (i32.add (local.get 0) (i32.add
            (i32.mul (local.get 1) (i32.const 10)) (i32.mul (local.get 2) (i32.const 100))))))""")
    labels = func("result: u32, params: u32, result-flat: u32 -> u32")
    world.adapters(world.lower(app, world.lift(greeter, function(callee, "f"), labels, name="trap"), name="trap"))
    assert world.run().call_adapter(0, 1, 2, 3) == 321


# -- refusals


def with_type(t: FuncType) -> Plan:
    world = World()
    app, greeter = world.component("app"), world.component("greeter")
    callee = world.core(greeter, "(module)")
    world.lifts.append(Lift(0, function(callee, "f"), t, Options(), greeter, "f"))
    world.lowers.append(Adapter(0, 0, t, Options(), app, "f"))
    world.adapters(AdapterRef(0))
    return world.plan()


@pytest.mark.parametrize("t", [TypeIndex(3)], ids=str)
@pytest.mark.parametrize("inside", [lambda t: t, List, lambda t: Record((("a", Prim.U8), ("b", Option(t))))])
@pytest.mark.parametrize("as_result", [False, True])
def test_a_type_that_adapters_cannot_carry_is_refused_by_name(
    t: ValType, inside: Callable[[ValType], ValType], as_result: bool
) -> None:
    ft = FuncType((), inside(t)) if as_result else FuncType((("x", inside(t)),), None)
    with pytest.raises(Unsupported, match=re.escape(f"type {t}")):
        compile_adapters(with_type(ft))


def test_a_plan_without_adapters_has_no_adapter_modules() -> None:
    assert compile_adapters(World().plan()) == ()


def test_the_header_says_where_the_module_belongs() -> None:
    world = World()
    app, greeter = world.component("app"), world.component("greeter")
    first = world.core(greeter, ADD_ONE, name="first")
    f = world.lower(app, world.lift(greeter, function(first, "f"), func("x: u32 -> u32")))
    world.adapters(f)
    second = world.core(app, '(module (import "" "f" (func (param i32) (result i32))) (export "f" (func 0)))', f,
                        name="second")
    world.adapters(world.lower(0, world.lift(app, function(second, "f"), func("x: u32 -> u32"))))
    modules = compile_adapters(world.plan(), confined=everywhere)
    headers = [compiled.wat.split("(module")[0] for compiled in modules]
    assert headers == [
        ";; adapter module 0 of 2 (counted from 0)\n;;   needs: root.app, root.greeter\n"
        ";;   ready: after core instance 0, root.greeter.first\n"
        ";;   due: before core instance 1, root.app.second\n",
        ";; adapter module 1 of 2 (counted from 0)\n;;   needs: root, root.app\n"
        ";;   ready: after core instance 1, root.app.second\n"
        ";;   due: when everything else is there; no step uses it\n",
    ]


def test_compiling_twice_gives_the_same_text() -> None:
    assert compile_adapters(greeting().plan()) == compile_adapters(greeting().plan())


def test_the_greeting_runs() -> None:
    running: Running = greeting().run()
    assert running.call_adapter(0, 0x41, 300, 5) == 0
    running.write(1, 0, bytes(128 + 8))
    running.call_adapter(1, 0)

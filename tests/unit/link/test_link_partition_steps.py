"""Steps that move for the sake of fewer adapter modules, steps that must not, and what `plan.txt` says of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from wasmtime import wat2wasm

from fact.adapters import compile_adapters
from fact.decode import decode
from fact.link import link, partition
from fact.link.describe import plan_text
from fact.link.order import written_order
from fact.model.plan import DefineResource, InstantiateAdapters, InstantiateModule, Plan
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import Value
from fact.run import prepare_compiled, prepare_reference
from fact.run.instance import Instance

NUMBER = '(param "n" u32) (result u32)'
CORE = "(param i32) (result i32)"
SERVER = f"""(component $Server
  (core module $m (func (export "f") {CORE} (local.get 0)))
  (core instance $server (instantiate $m))
  (func (export "f") {NUMBER} (canon lift (core func $server "f"))))"""
LATE_SERVER = '(instance $late (instantiate $Server)) (core func $second (canon lower (func $late "f")))'


def linked(text: str) -> Plan:
    return link(decode(bytes(wat2wasm(text))))


def order(plan: Plan) -> list[str]:
    """The core instances by their own names, in the order in which they are made, and `adapters`, `resource`."""
    names = []
    for step in plan.steps:
        match step:
            case InstantiateModule():
                names.append(step.name.rpartition(".")[2])
            case InstantiateAdapters():
                names.append("adapters")
            case DefineResource():
                names.append("resource")
    return names


def instances(plan: Plan, told: list[Value]) -> list[Instance]:
    def host(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> None:
        told.append(args[0])

    return [p.instantiate(host) for p in (prepare_reference(plan), prepare_compiled(plan, compile_adapters(plan)))]


def two_uses(first: str, second: str, between: str = "", extra: str = "") -> str:
    """A module that is given an adapter, then a server, then a module that is given an adapter of that one."""
    return f"""(component {SERVER}
      (instance $early (instantiate $Server)) (core func $first (canon lower (func $early "f")))
      {extra}
      (core module $First (import "" "f" (func $f {CORE})) {first})
      (core module $Second (import "" "f" (func $f {CORE})) {second})
      (core instance $first (instantiate $First (with "" (instance (export "f" (func $first))))))
      {between}
      {LATE_SERVER}
      (core instance $second (instantiate $Second (with "" (instance (export "f" (func $second)))))))"""


def test_a_server_moves_ahead_of_what_uses_an_adapter_before() -> None:
    plan = partition(linked(two_uses("", "")))
    assert order(plan) == ["server", "server", "adapters", "first", "second"]
    (module,) = plan.adapter_modules
    assert (module.ready, module.due) == (2, 1)
    text = plan_text(plan)
    assert "moved ahead of root.first" in text
    assert "one is enough: nothing that its adapters need imports an adapter" in text
    assert text.count("moved ahead of") == 1


def test_without_need_nothing_moves() -> None:
    text = two_uses("", "").replace(LATE_SERVER, '(core func $second (canon lower (func $early "f")))')
    plan = partition(linked(text.replace("(core module $First", '(core module $Other) (core module $First').replace(
        "(core instance $second", "(core instance $other (instantiate $Other)) (core instance $second")))
    assert order(plan) == ["server", "adapters", "first", "other", "second"]
    assert "moved" not in plan_text(plan)


@pytest.mark.parametrize(
    "unsafe",
    ["(func $start) (start $start)", '(memory 1) (data (i32.const 65536) "x")', "(memory 16385)"],
)
def test_a_server_that_runs_code_or_may_trap_stays_behind_another(unsafe: str) -> None:
    text = two_uses(unsafe, "").replace(
        f'(core module $m (func (export "f") {CORE} (local.get 0)))',
        f'(core module $m (func (export "f") {CORE} (local.get 0)) {unsafe})',
    )
    plan = partition(linked(text))
    assert order(plan) == ["server", "adapters", "first", "server", "adapters", "second"]
    assert plan.adapter_modules[1].apart == (
        "adapter 1 (f) needs root.late.server, which comes after root.first, which is given adapter 0 (f)"
    )
    assert f"not one with those before: {plan.adapter_modules[1].apart}" in plan_text(plan)


def test_segments_into_what_is_imported_stay_before_the_code_that_looks_at_them() -> None:
    """The fixup of a module with a start function that is given an adapter itself: the start function would find the
    table empty."""
    plan = partition(linked(f"""(component {SERVER}
      (core module $Shim (table (export "t") 1 funcref)
        (func (export "f") {CORE} (call_indirect {CORE} (local.get 0) (i32.const 0))))
      (core module $Fixup (import "" "t" (table 1 funcref)) (import "" "f" (func $f {CORE}))
        (elem (i32.const 0) func $f))
      (core module $Start (import "" "f" (func $f {CORE}))
        (global $g (mut i32) (i32.const 0)) (func $start (global.set $g (call $f (i32.const 6)))) (start $start)
        (func (export "f") {CORE} (global.get $g)))
      (instance $s (instantiate $Server))
      (core func $first (canon lower (func $s "f")))
      (core instance $shim (instantiate $Shim))
      (core instance $fixup (instantiate $Fixup (with "" (instance
        (export "t" (table $shim "t")) (export "f" (func $first))))))
      (core instance $start (instantiate $Start (with "" (instance $shim))))
      (func $f {NUMBER} (canon lift (core func $start "f")))
      (core func $second (canon lower (func $f)))
      (core module $User (import "" "f" (func $f {CORE})) (func (export "f") {CORE} (call $f (local.get 0))))
      (core instance $user (instantiate $User (with "" (instance (export "f" (func $second))))))
      (func (export "f") {NUMBER} (canon lift (core func $user "f"))))"""))
    assert order(plan) == ["server", "shim", "adapters", "fixup", "start", "adapters", "user"]
    assert [i.invoke("f", [1]) for i in instances(plan, [])] == [6, 6]


DESTRUCTOR = f"""(component
  (import "log" (func $log (param "n" u32)))
  (component $Grave
    (import "log" (func $log (param "n" u32)))
    (core func $log (canon lower (func $log)))
    (core module $m (import "" "log" (func $log (param i32)))
      (func (export "bury") (param i32) (call $log (local.get 0))))
    (core instance $grave (instantiate $m (with "" (instance (export "log" (func $log))))))
    (func (export "bury") (param "n" u32) (canon lift (core func $grave "bury"))))
  (component $Shop
    (import "bury" (func $bury (param "n" u32)))
    (core func $dtor (canon lower (func $bury)))
    (type $r (resource (rep i32) (dtor (core func $dtor))))
    (core func $new (canon resource.new $r))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "" "new" (func $new {CORE})) (import "" "drop" (func $drop (param i32)))
      (func (export "f") {CORE} (call $drop (call $new (local.get 0))) (local.get 0))
      START)
    (core instance $shop (instantiate $m (with "" (instance
      (export "new" (func $new)) (export "drop" (func $drop))))))
    (func (export "f") {NUMBER} (canon lift (core func $shop "f"))))
  (instance $grave (instantiate $Grave (with "log" (func $log))))
  (instance $shop (instantiate $Shop (with "bury" (func $grave "bury"))))
  (export "f" (func $shop "f")))"""


def test_an_adapter_that_is_a_destructor_is_made_before_the_resource_has_it() -> None:
    plan = partition(linked(DESTRUCTOR.replace("START", "")))
    assert order(plan) == ["grave", "adapters", "resource", "shop"]
    (module,) = plan.adapter_modules
    assert (module.ready, module.due) == (0, 1)
    told: list[Value] = []
    assert [i.invoke("f", [5]) for i in instances(plan, told)] == [5, 5]
    assert told == [5, 5]


def test_a_resource_has_its_destructor_before_code_runs_that_drops_one() -> None:
    start = "(func $start (call $drop (call $new (i32.const 9)))) (start $start)"
    plan = partition(linked(DESTRUCTOR.replace("START", start)))
    assert order(plan) == ["grave", "adapters", "resource", "shop"]
    told: list[Value] = []
    instances(plan, told)
    assert told == [9, 9]


def test_the_first_trap_stays_the_first() -> None:
    """Both of them trap when they are made; the second one's server would be free to move."""
    text = two_uses("(func $start unreachable) (start $start)", '(memory 1) (data (i32.const 65536) "x")')
    for plan in (partition(linked(text)), partition(linked(text), order=written_order)):
        for prepared in (prepare_reference(plan), prepare_compiled(plan, compile_adapters(plan))):
            with pytest.raises(Trap) as caught:
                prepared.instantiate(lambda path, type, args: None)
            assert caught.value.reason is TrapReason.UNREACHABLE
    assert len(partition(linked(text)).adapter_modules) == 1


def test_a_module_without_room_says_so() -> None:
    servers = "".join(
        f"""(instance $s{i} (instantiate $Server))
        (core func $l{i} (canon lower (func $s{i} "f") (memory (core memory $own "memory"))))"""
        for i in range(100)
    )
    imports = "".join(f'(import "" "f{i}" (func (param i32 i32)))' for i in range(100))
    given = "".join(f'(export "f{i}" (func $l{i}))' for i in range(100))
    plan = partition(linked(f"""(component
      (component $Server
        (core module $m (memory (export "memory") 1) (func (export "f") (param i32 i32))
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
        (core instance $server (instantiate $m))
        (func (export "f") (param "s" string) (canon lift (core func $server "f")
          (memory (core memory $server "memory")) (realloc (core func $server "realloc")))))
      (core module $Memory (memory (export "memory") 1)) (core instance $own (instantiate $Memory))
      {servers}
      (core module $User {imports})
      (core instance $user (instantiate $User (with "" (instance {given})))))"""))
    assert [len(module.adapters) for module in plan.adapter_modules] == [99, 1]
    assert plan.adapter_modules[1].apart == "no room for its memories in the one before"

"""Where adapter modules stand when host lowers stand between adapters; the plan as a page when names are odd."""

from __future__ import annotations

from wasmtime import wat2wasm

from fact.adapters import compile_adapters
from fact.decode import decode
from fact.link import link, partition
from fact.link.describe import plan_text
from fact.model.plan import InstantiateAdapters, Plan
from fact.run import prepare_compiled

USER = """
  (component $User
    (import "f" (func $f (param "x" u32) (result u32)))
    (core func $f (canon lower (func $f)))
    (core module $m (import "" "f" (func $f (param i32) (result i32)))
      (func (export "g") (param i32) (result i32) (call $f (local.get 0))))
    (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
    (func (export "g") (param "x" u32) (result u32) (canon lift (core func $i "g"))))
"""


def partitioned(text: str) -> Plan:
    return partition(link(decode(bytes(wat2wasm(text)))))


def results(plan: Plan, *calls: tuple[str, int]) -> list[object]:
    instance = prepare_compiled(plan, compile_adapters(plan)).instantiate(lambda path, type, args: 9)
    return [instance.invoke(name, [value]) for name, value in calls]


def test_an_adapter_of_a_host_lower_waits_for_the_host_lowers_memory() -> None:
    """Nothing but the memory option of the host lower keeps the late one from the early one's place."""
    plan = partitioned(f"""(component
      (import "h" (func $h (param "x" u32) (result u32)))
      (component $Early
        (core module $m (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
        (core instance $i (instantiate $m))
        (func (export "f") (param "x" u32) (result u32) (canon lift (core func $i "f"))))
      (component $Late
        (import "h" (func $h (param "x" u32) (result u32)))
        (core module $m (memory (export "memory") 1))
        (core instance $i (instantiate $m))
        (core func $h (canon lower (func $h) (memory (core memory $i "memory"))))
        (func (export "f") (param "x" u32) (result u32) (canon lift (core func $h))))
      {USER}
      (instance $early (instantiate $Early))
      (instance $a (instantiate $User (with "f" (func $early "f"))))
      (instance $late (instantiate $Late (with "h" (func $h))))
      (instance $b (instantiate $User (with "f" (func $late "f"))))
      (export "a" (func $a "g"))
      (export "b" (func $b "g")))""")
    (module,) = plan.adapter_modules
    assert plan.core_instances[module.ready].name == "root.late.i"
    assert results(plan, ("a", 5), ("b", 6)) == [6, 9]


def test_an_adapter_behind_two_host_lowers_is_made_before_their_user() -> None:
    four = "".join(f'(param "{name}" u32)' for name in "abcd") + " (result u32)"
    plan = partitioned(f"""(component
      (import "h" (func $h (param "x" u32) (result u32)))
      (import "r" (func $r {four}))
      (component $Block
        (core module $m (func (export "f") (param i32 i32 i32 i32) (result i32) (i32.const 8)))
        (core instance $i (instantiate $m))
        (func (export "f") {four} (canon lift (core func $i "f"))))
      (instance $block (instantiate $Block))
      (core module $memory (memory (export "memory") 1))
      (core instance $memory (instantiate $memory))
      (alias core export $memory "memory" (core memory $m))
      (core func $inner (canon lower (func $block "f")))
      (core func $outer (canon lower (func $r) (memory $m) (realloc $inner)))
      (core func $f (canon lower (func $h) (memory $m) (realloc $outer)))
      (core module $user (import "" "f" (func $f (param i32) (result i32))) (export "g" (func $f)))
      (core instance $user (instantiate $user (with "" (instance (export "f" (func $f))))))
      (func (export "g") (param "x" u32) (result u32) (canon lift (core func $user "g"))))""")
    assert [isinstance(step, InstantiateAdapters) for step in plan.steps].index(True) < len(plan.steps) - 1
    assert results(plan, ("g", 5)) == [9]


def test_a_name_with_a_line_break_takes_one_line_of_the_page() -> None:
    page = plan_text(partitioned("""(component
      (core module $m (func (export "a\\nb")))
      (core instance $i (instantiate $m))
      (func (export "f") (canon lift (core func $i "a\\nb"))))"""))
    assert r'lift in root of func "a\u{a}b" of root.i' in page
    assert "\nb" not in page

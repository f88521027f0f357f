"""Calls: reallocs, post-returns, traps by role, who calls whom, what fills a role, storage, destructors, handles."""

from __future__ import annotations

import pytest
from coverage_harness import AT, consts, features, of_group, passed, ran

from fuzz.coverage.possible import POSSIBLE

GROW = "(drop (memory.grow (i32.const 1))) (i32.const 65536)"


@pytest.mark.parametrize(("realloc", "facts", "trap"), [
    ("(i32.const 1024)", {"a block"}, None),
    ("(i32.const 0)", {"0"}, None),
    ("(i32.const 65532)", {"up to the end"}, None),
    (GROW, {"a block", "grows the memory"}, None),
    ("(i32.const 1025)", {"misaligned"}, "realloc-misaligned"),
    ("(i32.const 65536)", {"out of bounds"}, "realloc-out-of-bounds"),
])
def test_what_a_realloc_returns(realloc: str, facts: set[str], trap: str | None) -> None:
    """Storing, store_list_into_range: alignment and bounds of what realloc returns."""
    found = features(passed("(list u32)", "i32 i32", consts(AT, 1), realloc=realloc))
    assert of_group(found, "realloc") == {f"realloc: {fact}, list of adapter param" for fact in facts}
    assert of_group(found, "trap") == (
        set() if trap is None else {f"trap: {trap}, flat", f"trap: {trap}, adapter param"}
    )
    assert ("call: realloc grows the memory" in found) == (realloc == GROW)


def test_blocks_that_overlap() -> None:
    found = features(passed("(tuple (list u8) string)", "i32 i32 i32 i32", consts(AT, 2, AT, 2),
                            realloc="(i32.const 1024)", segments=[(AT, b"ab")]))
    assert of_group(found, "realloc") == {
        "realloc: a block, list of adapter param", "realloc: overlaps an earlier block, string of adapter param",
    }


@pytest.mark.parametrize(("realloc", "facts"), [
    ("unreachable", {"trap: unreachable in realloc", "call: realloc ends by a trap"}),
    ("(throw $e)", {"trap: uncaught-exception in realloc", "call: realloc ends by an exception"}),
    ("(i32.div_u (i32.const 1) (i32.const 0))",
     {"trap: integer-divide-by-zero in realloc", "call: realloc ends by a trap"}),
    ("(i32.load (i32.const -1))", {"trap: of another kind in realloc", "call: realloc ends by a trap"}),
])
def test_a_realloc_that_ends_otherwise(realloc: str, facts: set[str]) -> None:
    text = passed("string", "i32 i32", consts(AT, 0), realloc=realloc)
    found = features(text.replace('(global $top', "(tag $e) (global $top"))
    assert of_group(found, "trap") | {f for f in found if f.startswith("call: realloc")} == facts
    assert not of_group(found, "realloc"), "it returned nothing"


@pytest.mark.parametrize(("body", "core", "result", "of"), [
    ("", "", "", "no result"), ("(result i32) (i32.const 7)", "(param i32)", "(result u8)", "a flat result"),
    ("(result i32) (i32.const 64)", "(param i32)", "(result string)", "a returned area"),
])
def test_post_returns(body: str, core: str, result: str, of: str) -> None:
    """canon lift: post-return is called with the core results."""
    found = features(f"""(component (core module $M (memory (export "m") 1) (func (export "f") {body})
        (func (export "p") {core}))
      (core instance $i (instantiate $M))
      (func (export "f") {result} (canon lift (core func $i "f") (memory (core memory $i "m"))
        (post-return (core func $i "p")))))""")
    assert {f for f in found if "post-return" in f} == {
        f"call: post-return of {of}, export", "role: post-return is core code",
    }


def test_a_post_return_that_leaves() -> None:
    """canon lower: trap_if(not may_leave)."""
    found = features("""(component (import "h" (func $h)) (core func $c (canon lower (func $h)))
      (core module $M (import "" "h" (func $h)) (func (export "f") (call $h)) (func (export "p") (call $h)))
      (core instance $i (instantiate $M (with "" (instance (export "h" (func $c))))))
      (func (export "f") (canon lift (core func $i "f") (post-return (core func $i "p")))))""")
    assert of_group(found, "trap") == {"trap: cannot-leave by host lower in post-return"}
    assert {"call: host import from callee", "call: host import from post-return",
            "call: a host import returns", "graph: host import function"} <= found


def test_a_start_function_that_calls_and_a_lift_of_a_lower() -> None:
    observation = ran("""(component
      (component $A (core module $M (func (export "n"))) (core instance $i (instantiate $M))
        (func (export "n") (canon lift (core func $i "n"))))
      (instance $a (instantiate $A))
      (core func $c (canon lower (func $a "n")))
      (core module $S (import "" "n" (func $n)) (start $n))
      (core instance (instantiate $S (with "" (instance (export "n" (func $c))))))
      (func (export "f") (canon lift (core func $c))))""")
    found = observation.features
    assert {"call: adapter from start", "call: adapter from callee", "graph: start function",
            "graph: lift of an adapter", "role: callee is an adapter", "call: an instance calls a child",
            "call: 2 deep"} <= found
    assert not of_group(found, "trap")


def test_a_self_call() -> None:
    found = features("""(component
      (core module $N (func (export "n"))) (core instance $n (instantiate $N))
      (func $n (canon lift (core func $n "n"))) (core func $c (canon lower (func $n)))
      (core module $M (import "" "n" (func $n)) (func (export "f") (call $n)))
      (core instance $i (instantiate $M (with "" (instance (export "n" (func $c))))))
      (func (export "f") (canon lift (core func $i "f"))))""")
    assert {f for f in found if f.startswith("call: an instance")} == {"call: an instance calls itself"}
    assert {f for f in found if f.startswith("graph: an instance")} == {
        "graph: an instance calls 0 others", "graph: an instance is called by 0 others"}


def test_storage_of_threads() -> None:
    """canon context.get, .set: each thread begins with zeros."""
    found = features("""(component
      (core func $get (canon context.get i32 0)) (core func $set (canon context.set i32 0))
      (core module $M (import "" "get" (func $get (result i32))) (import "" "set" (func $set (param i32)))
        (func (export "f") (drop (call $get)) (call $set (i32.const 5)) (drop (call $get)))
        (func (export "p") (drop (call $get))))
      (core instance $i (instantiate $M (with "" (instance
        (export "get" (func $get)) (export "set" (func $set))))))
      (func (export "f") (canon lift (core func $i "f") (post-return (core func $i "p")))))""")
    assert of_group(found, "context") >= {
        "context: get in callee, zero", "context: get in callee, what was set", "context: set in callee",
    }
    assert "call: post-return uses a built-in" in found


RESOURCE = """(component
  (core module $D (func (export "d") (param i32)))
  (core instance $d (instantiate $D))
  (type $r (resource (rep i32) (dtor (core func $d "d"))))
  (core func $new (canon resource.new $r)) (core func $rep (canon resource.rep $r))
  (core func $drop (canon resource.drop $r))
  (core module $M
    (import "" "new" (func $new (param i32) (result i32))) (import "" "rep" (func $rep (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "f") (local $i i32) BODY))
  (core instance $i (instantiate $M (with "" (instance
    (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
  (func (export "f") (canon lift (core func $i "f"))))"""

MADE = "(local.set $i (call $new (i32.const 9)))"


@pytest.mark.parametrize(("body", "uses"), [
    (MADE, {"resource.new", "index of its own"}),
    (f"{MADE} (drop (call $rep (local.get $i)))", {"resource.new", "index of its own", "resource.rep of own"}),
    (f"{MADE} (call $drop (local.get $i)) {MADE}", {
        "resource.new", "index of its own", "index used again", "resource.drop of own", "a table is empty again",
        "destructor runs, dropped by its implementer"}),
    (f"{MADE} (call $drop (local.get $i)) (drop (call $rep (local.get $i)))", {
        "resource.new", "index of its own", "resource.drop of own", "a table is empty again",
        "destructor runs, dropped by its implementer", "resource.rep of an index that was freed"}),
    ("(call $drop (i32.const 0))", {"resource.drop of index 0"}),
    ("(call $drop (i32.const 4))", {"resource.drop of an index never handed out"}),
])
def test_uses_of_handles(body: str, uses: set[str]) -> None:
    """canon resource.new, .rep, .drop; Table State."""
    found = features(RESOURCE.replace("BODY", body))
    assert of_group(found, "handle") == {f"handle: {use}" for use in uses}


def test_all_of_it_is_listed_as_possible() -> None:
    for body in (MADE, f"{MADE} (call $drop (local.get $i))", "unreachable"):
        assert features(RESOURCE.replace("BODY", body)) <= POSSIBLE

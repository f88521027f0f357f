"""Counters are exact, for every kind of branch, and change nothing else."""

from __future__ import annotations

import pytest

from fact.adapters.branches_counters import EXPORT
from fact.adapters.branches_text import counted
from tests.unit.branches.branches_harness import Counted, plain, run

TRAP = '(import "trap" "trap" (func $trap (param $reason i32) (param $site i32)))'


def test_an_if_without_else() -> None:
    results, taken = run(
        """(module (func (export "f") (param $x i32) (result i32)
             (if (i32.gt_u (local.get $x) (i32.const 9)) (then (return (i32.const 1))))
             (i32.const 0)))""", [3], [10], [11], [9], [12],
    )
    assert results == [0, 1, 1, 0, 1]
    assert taken == {"entered": 5, "x > 9: yes": 3, "x > 9: no": 2}


def test_an_if_with_else_and_a_result() -> None:
    results, taken = run(
        """(module (func (export "f") (param $x i32) (result i32)
             (i32.add (i32.const 100)
               (if (result i32) (local.get $x) (then (i32.const 1)) (else (i32.const 2))))))""", [0], [7], [7],
    )
    assert results == [102, 101, 101]
    assert taken == {"entered": 3, "x != 0: yes": 2, "x != 0: no": 1}


def test_an_if_within_a_condition() -> None:
    results, taken = run(
        """(module (func (export "f") (param $x i32) (param $y i32) (result i32)
             (if (if (result i32) (local.get $x) (then (local.get $y)) (else (i32.const 1)))
               (then (return (i32.const 5))))
             (i32.const 6)))""", [0, 0], [1, 0], [1, 1],
    )
    assert results == [5, 6, 5]
    assert (taken["x != 0: yes"], taken["x != 0: no"]) == (2, 1)
    outer = [times for name, times in taken.items() if name != "entered" and not name.startswith("x ")]
    assert outer == [2, 1]


def test_a_condition_from_the_stack() -> None:
    results, taken = run(
        """(module (func (export "f") (param $x i32) (result i32)
             (block $out
               (local.get $x) (br_if $out)
               (local.get $x) (i32.const 1) (i32.add) (if (then (return (i32.const 3)))))
             (i32.const 4)))""", [0], [1],
    )
    assert results == [3, 4]
    assert taken == {"entered": 2, "popped: no": 1, "popped: yes": 1, "popped (2): yes": 1, "popped (2): no": 0}


def test_br_if_forwards() -> None:
    results, taken = run(
        """(module (func (export "f") (param $x i32) (result i32)
             (block $out (result i32)
               (br_if $out (i32.const 8) (i32.eq (local.get $x) (i32.const 4)))
               (drop) (i32.const 9))))""", [4], [5], [6],
    )
    assert results == [8, 9, 9]
    assert taken == {"entered": 3, "x == 4: yes": 1, "x == 4: no": 2}


@pytest.mark.parametrize(("turns", "ways"), [(1, [1, 0, 0]), (2, [0, 1, 0]), (3, [0, 0, 1]), (50, [0, 0, 1])])
def test_a_loop_with_its_condition_at_the_end(turns: int, ways: list[int]) -> None:
    results, taken = run(
        """(module (func (export "f") (param $n i32) (result i32) (local $i i32)
             (loop $next
               (local.set $i (i32.add (local.get $i) (i32.const 1)))
               (br_if $next (i32.lt_u (local.get $i) (local.get $n))))
             (local.get $i)))""", [turns],
    )
    assert results == [turns]
    assert [taken[f"loop: {way}"] for way in ("1 turn", "2 turns", "3 turns or more")] == ways
    assert taken["i < n: yes"] == turns - 1 and taken["i < n: no"] == 1


def test_loops_within_loops() -> None:
    results, taken = run(
        """(module (func (export "f") (param $n i32) (result i32) (local $i i32) (local $j i32) (local $sum i32)
             (loop $outer
               (if (i32.lt_u (local.get $i) (local.get $n))
                 (then
                   (local.set $j (i32.const 0))
                   (loop $inner
                     (local.set $sum (i32.add (local.get $sum) (i32.const 1)))
                     (local.set $j (i32.add (local.get $j) (i32.const 1)))
                     (br_if $inner (i32.le_u (local.get $j) (local.get $i))))
                   (local.set $i (i32.add (local.get $i) (i32.const 1)))
                   (br $outer))))
             (local.get $sum)))""", [4],
    )
    assert results == [10], "1 + 2 + 3 + 4"
    assert taken["loop: 3 turns or more"] == 1, "five turns, the last of which ends it"
    inner = {way: taken[f"loop (2): {way}"] for way in ("1 turn", "2 turns", "3 turns or more")}
    assert inner == {"1 turn": 1, "2 turns": 1, "3 turns or more": 2}


def test_a_loop_that_is_an_operand() -> None:
    results, taken = run(
        """(module (func (export "f") (param $n i32) (result i32)
             (i32.mul (local.get $n)
               (loop $next (result i32)
                 (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                 (br_if $next (local.get $n))
                 (i32.const 7)))))""", [2],
    )
    assert results == [14]
    assert taken["loop: 2 turns"] == 1


def test_br_table_counts_each_target() -> None:
    results, taken = run(
        """(module (func (export "f") (param $x i32) (result i32)
             block $done
             block $case.1
             block $case.0
             (br_table $case.1
               $done $case.0
               $done (local.get $x))
             end
             (return (i32.const 20))
             end
             (return (i32.const 21))
             end
             (i32.const 22)))""", [0], [0], [1], [2], [2], [2], [3], [4_000_000_000],
    )
    assert results == [21, 21, 22, 20, 20, 20, 22, 22]
    assert taken == {
        "entered": 8, "cases: group 1": 2, "cases: group 2": 3, "cases: no group": 1, "cases: past the last": 2,
    }, "groups are numbered in the order of cases; $done is no group, and past the last behind it"


def test_select() -> None:
    results, taken = run(
        """(module (func (export "f") (param $x i32) (result i32)
             (select (i32.const 1) (i32.const 2) (i32.lt_s (local.get $x) (i32.const 0)))))""", [-1], [0], [5],
    )
    assert results == [1, 2, 2]
    assert taken == {"entered": 3, "select by tagged(x): yes": 1, "select by tagged(x): no": 2}


def test_traps_by_reason_and_after_the_trap() -> None:
    wat = f"""(module {TRAP}
      (func $helper (export "f") (param $x i32) (param $y i32) (result i32)
        (if (local.get $x)
          (then (call $trap (i32.const 8 (; pointer-misaligned ;)) (i32.const 0 (; no site ;))) (unreachable)))
        (if (i32.eq (local.get $y) (i32.const 1))
          (then
            (call $trap
              (i32.const 9 (; pointer-out-of-bounds ;))
              (i32.add (local.get $x) (i32.const 1 (; [] ;))))
            (unreachable)))
        (i32.const 3)))"""
    module = Counted(wat)
    assert [module("f", *args) for args in ((0, 0), (1, 1), (0, 1), (0, 0))] == [3, None, None, 3]
    assert module.taken() == {
        "entered": 4, "pointer-misaligned: traps": 1, "pointer-misaligned: passes": 3,
        "pointer-out-of-bounds: traps": 1, "pointer-out-of-bounds: passes": 2,
    }


def test_a_trap_without_a_condition() -> None:
    wat = f"""(module {TRAP}
      (func (export "f") (param $x i32)
        (block $threw (br_if $threw (local.get $x)) (return))
        (call $trap (i32.const 7 (; uncaught-exception ;)) (i32.const 0 (; no site ;)))
        (unreachable)))"""
    module = Counted(wat)
    module("f", 0)
    module("f", 1)
    assert module.taken()["uncaught-exception: traps"] == 1


def test_a_callee_that_traps_is_no_passed_check() -> None:
    """A trap inside of a condition: neither way was taken."""
    module = Counted("""(module
      (func $unreachable (result i32) (unreachable))
      (func (export "f") (if (call $unreachable) (then (return)))))""", "m")
    module("f")
    taken = module.taken()
    assert taken["unreachable() != 0: yes"] == taken["unreachable() != 0: no"] == 0


@pytest.mark.parametrize("comment", [";; (if (then (loop (br_if", "(; (func (then ;)"])
def test_comments_and_strings_are_no_code(comment: str) -> None:
    wat = f"""(module
      {comment}
      (memory $m (export "(if (then") 1)
      (data (memory $m) (i32.const 0) "(br_if $x (then (loop")
      (func (export "f") (result i32)
        {comment}
        (i32.const 1)))"""
    results, taken = run(wat, [])
    assert results == [1] and taken == {"entered": 1}


def test_the_other_memories_keep_their_numbers() -> None:
    results, _ = run("""(module
      (memory 1) (memory 1)
      (data (i32.const 0) "\\05") (data (memory 1) (i32.const 0) "\\06")
      (func (export "f") (param $x i32) (result i32)
        (if (local.get $x) (then (return (i32.load8_u 1 (i32.const 0)))))
        (i32.load8_u (i32.const 0))))""", [0], [1])
    assert results == [5, 6]


def test_many_counters_take_several_pages() -> None:
    ifs = "(if (local.get $x) (then (nop)))\n" * 9_000
    module = Counted(f'(module (func (export "f") (param $x i32)\n{ifs}))', "m")
    module("f", 1)
    assert module.text.counters == 18_001
    assert sum(module.taken().values()) == 9_001


def test_only_insertions() -> None:
    wat = """(module
  (func $f (export "f") (param $x i32) (result i32)
    (local $i i32)
    ;; a comment
    (loop $next (br_if $next (i32.eqz (local.get $x))))
    (if (local.get $x) (then (return (i32.const 4))) (else (nop)))
    (select (local.get $x) (local.get $i) (local.get $x))))
"""
    text = counted(wat)
    lines, before = text.wat.splitlines(), wat.splitlines()
    assert all(_is_part(old, new) for old, new in zip(before[:-1], lines, strict=False))
    assert f'(memory $branches (export "{EXPORT}")' in text.wat
    assert plain(wat)(2) == 4
    places = {(b.name.partition(": ")[2].rpartition(": ")[0], b.line, b.column) for b in text.branches}
    assert places == {
        ("", 1, 2), ("loop", 4, 4), ("x == 0", 4, 16), ("x != 0", 5, 4), ("select by x != 0", 6, 4)
    }


def _is_part(text: str, of: str) -> bool:
    """Whether all characters of *text* stand in *of* in this order."""
    rest = iter(of)
    return all(c in rest for c in text)

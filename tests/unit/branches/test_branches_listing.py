"""Adapter modules with counts in the margin."""

from __future__ import annotations

from pathlib import Path

import pytest
from wasmtime import wat2wasm

from fact.model.values import Case
from fuzz.coverage.branches_listing import listing, listings, write_listings
from fuzz.coverage.branches_run import Ran
from fuzz.engines.compiled import CompiledEngine, CountedComponent
from fuzz.errors import UsageError
from tests.unit.branches.branches_harness import Counted

COMPONENTS = Path(__file__).parents[2] / "components"

WAT = """(module
  (func (export "f") (param $x i32) (result i32)
    (if (i32.eqz (local.get $x)) (then (return (i32.const 1))))
    (loop $next
      (if (local.get $x)
        (then
          (local.set $x (i32.sub (local.get $x) (i32.const 1)))
          (br $next))))
    (block $b
      (br_table $b $b (local.get $x)))
    (if (local.get $x) (then (if (i32.eq (local.get $x) (i32.const 7)) (then (nop)))))
    (i32.const 0)))
"""


def test_each_count_is_on_the_line_of_its_place() -> None:
    module = Counted(WAT, "m")
    for x in (0, 5, 1):
        module("f", x)
    memory = module.exports["branches"]
    counters = list(memoryview(memory.read(module.store, 0, 4 * module.text.counters)).cast("I"))  # type: ignore[union-attr]
    assert listing(WAT, module.text.branches, counters).splitlines() == [
        "     yes      no |",
        "                 | (module",
        '       3         |   (func (export "f") (param $x i32) (result i32)',
        "       1       2 |     (if (i32.eqz (local.get $x)) (then (return (i32.const 1))))",
        "                 |     (loop $next",
        "                 |     ^ 1 turn #####, 2 turns 1, 3 turns or more 1",
        "       6       2 |       (if (local.get $x)",
        "                 |         (then",
        "                 |           (local.set $x (i32.sub (local.get $x) (i32.const 1)))",
        "                 |           (br $next))))",
        "                 |     (block $b",
        "       2   ##### |       (br_table $b $b (local.get $x)))",
        "   #####       2 |     (if (local.get $x) (then (if (i32.eq (local.get $x) (i32.const 7)) (then (nop)))))",
        "                 |                              ^ yes #####, no #####",
        "                 |     (i32.const 0)))",
    ]


def test_a_text_without_counters_has_an_empty_margin() -> None:
    assert listing("(module\n  (memory 1))\n", (), ()).splitlines()[1:] == [
        "                 | (module", "                 |   (memory 1))",
    ]


def component(*words: str) -> CountedComponent:
    loaded = CompiledEngine(branches=True).load(bytes(wat2wasm((COMPONENTS / "letters.wat").read_text())))
    assert isinstance(loaded, CountedComponent)
    loaded.instantiate(lambda *_: None).invoke("join", (list(words), Case("none")))
    return loaded


def test_the_modules_of_a_component() -> None:
    texts = listings(component("a", "b", "c"))
    assert next(iter(texts)) == "adapter-0.wat" and "support-utf8-check.i32.wat" in texts
    lines = texts["adapter-0.wat"].splitlines()
    (too_long,) = [line for line in lines if "(if (i32.gt_u (local.get $length) (i32.const 33554431))" in line]
    assert too_long.split("|")[0].split() == ["#####", "1"]
    spell = next(line for line in lines if "(func $spell" in line)
    assert spell.split("|")[0].split() == ["#####"], "nobody called it"
    assert [line.split("|")[0].split() for line in lines if "(func $join" in line] == [["1"]]


def test_every_place_of_a_component_is_listed() -> None:
    loaded = component("a")
    for name, text in listings(loaded).items():
        key = 0 if name == "adapter-0.wat" else name.removeprefix("support-").removesuffix(".wat")
        places = {(b.line, b.column) for b in loaded.counts.branches[key]}
        margin = [line for line in text.splitlines()[1:] if line.split("|")[0].strip()]
        carets = [line for line in text.splitlines() if line[19:].lstrip().startswith("^ ")]
        assert len(margin) + len(carets) == len(places)


def test_listings_are_written(tmp_path: Path) -> None:
    loaded = component("a")
    paths = write_listings(Ran("x", (loaded, loaded)), tmp_path / "new")
    assert {"adapter-0.wat", "2-adapter-0.wat"} <= {path.name for path in paths}
    assert all(path.read_text().startswith("     yes      no |") for path in paths)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="file: cannot be written to: File exists"):
        write_listings(Ran("x", (loaded,)), tmp_path / "file")

"""Types of many parts on every engine: what would fill a page is made here.

CanonicalABI.md: Alignment (discriminant_type), "Element Size", Flattening, Loading, Storing.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fact.model.types import EnumType, FuncType, List, Prim, Record, Tuple, ValType, Variant
from fact.model.values import Case, Value
from fuzz.case import Call, Origin
from fuzz.case import Case as FullCase
from fuzz.engines.registry import ENGINES, open_engines
from fuzz.outcome import Returned
from fuzz.script import from_wast, to_wast
from fuzz.wast import load_script, run_script
from fuzz.wast.report import FileReport

HEAP = """(core module $Heap
    (memory (export "mem") 8)
    (global $end (mut i32) (i32.const 65536))
    (func (export "realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
      (local $new i32)
      (local.set $new (i32.and (i32.add (global.get $end) (i32.sub (local.get $align) (i32.const 1)))
                               (i32.sub (i32.const 0) (local.get $align))))
      (global.set $end (i32.add (local.get $new) (local.get $size)))
      (local.get $new)))"""


def passing_on(definition: str, shape: str) -> str:
    """Two components with a function of `$t`, as *definition* has it: one gives back what it gets, the other asks it.

    *shape*: `area` for values that lie in memory both ways, `flat` for those that are one i32.
    """
    area = shape == "area"
    options = '(memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))'
    callee = "(func (export \"f\") (param i32) (result i32) (local.get 0))"
    caller = ('(import "" "f" (func $f (param i32 i32))) (func (export "f") (param i32) (result i32) '
              "(call $f (local.get 0) (i32.const 0)) (i32.const 0))") if area else (
             '(import "" "f" (func $f (param i32) (result i32))) (func (export "f") (param i32) (result i32) '
              "(call $f (local.get 0)))")
    return f"""(component definition $D
  {HEAP}
  (component $Callee
    (alias outer 1 $Heap (core module $Heap)) (core instance $heap (instantiate $Heap))
    (core module $M {callee}) (core instance $m (instantiate $M))
    (type $t0 {definition}) (export $t "t" (type $t0))
    (func (export "f") (param "v" $t) (result $t) (canon lift (core func $m "f") {options})))
  (instance $callee (instantiate $Callee))
  (core instance $heap (instantiate $Heap))
  (core func $f (canon lower (func $callee "f") {options}))
  (core module $M {caller}) (core instance $m (instantiate $M (with "" (instance (export "f" (func $f))))))
  (alias export $callee "t" (type $t0)) (export $t "t" (type $t0))
  (func (export "f") (param "v" $t) (result $t) (canon lift (core func $m "f") {options})))"""


def reports(folder: Path, definition: str, shape: str, t: ValType, values: list[Value], engines: list[str]
            ) -> list[FileReport]:
    """Each value goes in and comes out again, in a script as cases are stored."""
    function = FuncType((("v", t),), t)
    calls = tuple(Call("f", function, (value,), Returned(value)) for value in values)
    text = passing_on(definition, shape).replace("(component definition $D", "(component $D", 1)
    case = FullCase(text, calls, origin=Origin(versions={}))
    assert from_wast(to_wast(case)).calls == calls
    path = folder / "sizes.wast"
    path.write_text(to_wast(case))
    return [run_script(load_script(path), engine) for engine in open_engines(engines)]


def passed(found: list[FileReport], values: int) -> None:
    for report in found:
        assert report.problems == (), report.engine
        assert report.passed == 2 + values


@pytest.mark.parametrize("count", [255, 256, 257, 1000, 10_000])
def test_enums(count: int, tmp_path: Path) -> None:
    labels = tuple(f"e{i}" for i in range(count))
    values: list[Value] = [Case(labels[i]) for i in (0, 254, count // 2, count - 1)]
    definition = f"(enum {' '.join(f'{chr(34)}{label}{chr(34)}' for label in labels)})"
    passed(reports(tmp_path, definition, "flat", EnumType(labels), values, list(ENGINES)), len(values))


@pytest.mark.parametrize("count", [17, 1500])
def test_records(count: int, tmp_path: Path) -> None:
    kinds: list[tuple[Prim, Value]] = [
        (Prim.U8, 200), (Prim.U64, 2**64 - 1), (Prim.CHAR, "☃"), (Prim.S16, -2), (Prim.F32, 0.5),
    ]
    fields = tuple((f"f{i}", kinds[i % 5][0]) for i in range(count))
    value = tuple(kinds[i % 5][1] for i in range(count))
    definition = f"(record {' '.join(f'(field {chr(34)}{n}{chr(34)} {t})' for n, t in fields)})"
    passed(reports(tmp_path, definition, "area", Record(fields), [value], list(ENGINES)), 1)


@pytest.mark.parametrize("count", [255, 256, 257, 1000])
def test_variants(count: int, tmp_path: Path) -> None:
    """With a payload wide enough that all of it lies in memory."""
    wide = Tuple((Prim.U64,) * 16)
    cases = (("c0", None), ("c1", wide), *((f"c{i}", Prim.U8) for i in range(2, count)))
    values: list[Value] = [Case("c0"), Case("c1", tuple(range(16))), Case("c254", 255), Case(f"c{count - 1}", 7)]
    texts = ['(case "c0")', f'(case "c1" (tuple {"u64 " * 16}))', *(f'(case "c{i}" u8)' for i in range(2, count))]
    passed(reports(tmp_path, f"(variant {' '.join(texts)})", "area", Variant(cases), values, list(ENGINES)), 4)


@pytest.mark.parametrize("length", [17, 1000, 2000])
def test_fixed_length_lists(length: int, tmp_path: Path) -> None:
    """wasmtime 50 has them behind a switch that its Python package lacks."""
    value = tuple(i % 65536 for i in range(0, length * 37, 37))
    definition = f"(list u16 {length})"
    found = reports(tmp_path, definition, "area", List(Prim.U16, length), [value], ["reference", "compiled"])
    passed(found, 1)

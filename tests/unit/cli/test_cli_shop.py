"""`tests/components/shop.wat`, the example of handles: what the README shows of it, and what is told of wrong uses;
and a shelf that hands out more than one handle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fuzz.cli import run

SHOP = str(Path(__file__).parents[2] / "components" / "shop.wat")
ITEM = "root.shop.item"


def report(capsys: pytest.CaptureFixture[str], *calls: str, status: int = 0, engines: str = "") -> list[str]:
    """The lines of `factfuzz run` with *calls*."""
    words = [word for call in calls for word in ("--invoke", call)]
    assert run(["run", SHOP, *words, *(["--engine", engines] if engines else [])]) == status
    return capsys.readouterr().out.splitlines()


def test_an_item_is_lent_and_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    expected = []
    calls = {"buy(7)": " #1", "quote(#1)": " 7", "drop #1": "", "scrapped()": " 7"}
    for call, value in calls.items():
        expected += [call, *(f"  {name:9}  returned{value}" for name in ("reference", "compiled", "native"))]
    assert report(capsys, *calls) == [*expected, "all agree"]


def test_giving_away_what_is_lent_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    lines = report(capsys, "buy(7)", "muddle(#1)")
    table = f"               handles of root.clerk: 1 own {ITEM} (rep 7), lent once"
    assert lines[5:10] == [
        "  reference  trapped: handle-lent at param given  [CanonicalABI.md, Loading: lift_own; canon resource.drop]",
        f"               root.clerk passes on index 1 as own {ITEM}; it holds there: own {ITEM} (rep 7), lent once",
        table,
        "  compiled   trapped: handle-lent at param given  [CanonicalABI.md, Loading: lift_own; canon resource.drop]",
        table,
    ]
    assert lines[-1] == "all agree"


def test_a_forgotten_borrow_is_explained_to_programs_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", SHOP, "--invoke", "buy(7)", "--invoke", "forget(#1)", "--json"]) == 0
    engines = json.loads(capsys.readouterr().out)["engines"]
    assert engines["reference"]["calls"][1]["state"] == [
        f"root.clerk returns, but has not dropped 1 handle that was lent to this call: 1 borrow {ITEM} (rep 7)",
        f"handles of root.clerk: 1 borrow {ITEM} (rep 7)",
    ]
    assert engines["native"]["calls"][1]["state"] == []


@pytest.mark.parametrize(("calls", "says"), [
    (["drop 1"], "--invoke 'drop 1': expected `drop #1`"),
    (["drop"], "--invoke 'drop': expected `drop #1`"),
    (["drop #1 #2"], "--invoke 'drop #1 #2': expected `drop #1`"),
    (["drop #99999999999"], "--invoke 'drop #99999999999': expected `drop #1`"),
    (["drop(#1)"], "no exported function 'drop': the component exports buy, quote, muddle, forget, scrapped"),
    (["quote(1)"], f"`1` is not a borrow<{ITEM}> (column 7): expected # and a number"),
    (["muddle(#-1)"], "#-1 is out of range for a handle (column 8)"),
    (["buy(#1)"], "`#1` is not a u32 (column 5)"),
])
def test_what_is_no_call_is_one_line(calls: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", SHOP, *(word for call in calls for word in ("--invoke", call))]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1 and says in printed.err


@pytest.mark.parametrize(("calls", "says"), [
    (["quote(#1)"], "--invoke 'quote(#1)': handle #1 was never given to the host, which has been given 0"),
    (["buy(1)", "drop #1", "drop #1"], "--invoke 'drop #1': handle #1 is not held any longer"),
    (["buy(1)", "muddle(#1)", "drop #1"], "after the trap before it a fresh instance answers, and no handle is left"),
])
def test_a_handle_that_the_host_does_not_hold_is_told_on_stderr(
    calls: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [word for call in calls for word in ("--invoke", call)]
    assert run(["run", SHOP, "--engine", "reference,compiled", *words]) == 2
    printed = capsys.readouterr()
    assert says in printed.err and printed.err.count("\n") == 1
    assert "bad usage" in printed.out and "agree" not in printed.out


def test_a_script_that_expects_something_else_is_told_the_state(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "quote.wast"
    shop = Path(SHOP).read_text().rstrip().removesuffix(")")
    script.write_text(f"""{shop}
      (component $Again (import "clerk" (instance $c
        (export "item" (type $item (sub resource)))
        (export "buy" (func (param "price" u32) (result (own $item))))
        (export "muddle" (func (param "it" (own $item)) (result s32)))))
        (core func $buy (canon lower (func $c "buy")))
        (core func $muddle (canon lower (func $c "muddle")))
        (core module $m
          (import "" "buy" (func $buy (param i32) (result i32)))
          (import "" "muddle" (func $muddle (param i32) (result i32)))
          (func (export "f") (result i32) (call $muddle (call $buy (i32.const 7)))))
        (core instance $m (instantiate $m (with "" (instance
          (export "buy" (func $buy)) (export "muddle" (func $muddle))))))
        (func (export "f") (result s32) (canon lift (core func $m "f"))))
      (instance $again (instantiate $Again (with "clerk" (instance
        (export "item" (type $item)) (export "buy" (func $clerk "buy")) (export "muddle" (func $clerk "muddle"))))))
      (export "f" (func $again "f")))
    (assert_return (invoke "f") (s32.const 0))""")
    assert run(["wast", str(script), "--engine", "reference"]) == 1
    out = capsys.readouterr().out
    assert "failed: trapped: handle-lent at param given; root.clerk passes on index 1 as own root.shop.item;" in out


def test_compiled_it_explains_who_implements_what(tmp_path: Path) -> None:
    assert run(["compile", SHOP, "-o", str(tmp_path)]) == 0
    page = (tmp_path / "plan.txt").read_text()
    for line in (
        f'0: {ITEM}: root.shop implements it, destructor = func "scrap" of root.shop.books',
        "built-ins: one module, builtins.wat, made before step 0",
        f"1: resource 0 ({ITEM}) has its destructor from here on",
        "3: adapter module 0 = adapters 0-2, adapter-0.wat",
        f"0: make: func(price: u32) -> own<{ITEM}>",
        f"quote: func(it: borrow<{ITEM}>) -> u32",
    ):
        assert f"{line}\n" in page
    builtins = (tmp_path / "builtins.wat").read_text()
    assert ";; -- enter root.shop: no test, nothing can enter it twice\n" in builtins
    assert ";; -- leave root.clerk: no test, nothing keeps it inside\n" in builtins


def test_outcomes_of_scripts_and_of_components_have_one_form(capsys: pytest.CaptureFixture[str]) -> None:
    case = Path(SHOP).parents[2] / "corpus" / "findings" / "lent-borrow-dropped.wast"
    assert run(["run", str(case), "--engine", "reference", "--json"]) == 0
    script = json.loads(capsys.readouterr().out)
    (made,) = [call for command in script["commands"] for call in command["engines"]["reference"]["calls"]]
    assert run(["run", SHOP, "--invoke", "buy(7)", "--invoke", "forget(#1)", "--engine", "reference", "--json"]) == 0
    _, trapped = json.loads(capsys.readouterr().out)["engines"]["reference"]["calls"]
    assert set(trapped) - set(made) == {"asked"} and set(made) <= set(trapped)
    assert (made["kind"], made["reason"], made["site"]) == ("trapped", "handle-lent", None)
    assert made["state"][0].startswith("root.parent drops index 1 as root.owner.r;")


def test_handles_go_in_and_come_out_and_are_dropped(shelf: str, capsys: pytest.CaptureFixture[str]) -> None:
    calls = ["book-of(7)", "book-of(8)", "page-of(#2)", "drop #2", "gone()", "page-of(#1)"]
    assert run(["run", shelf, *(word for call in calls for word in ("--invoke", call))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0::4] == [*calls, "all agree"]
    said = [line.removeprefix("  native     ") for line in lines[3::4]]
    assert said == ["returned #1", "returned #2", "returned 8", "returned", "returned 8", "returned 7"]


def test_a_handle_that_the_host_does_not_hold_is_status_2(shelf: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", shelf, "--invoke", "page-of(#1)", "--invoke", "drop #4", "--invoke", "gone()"]) == 2
    printed = capsys.readouterr()
    assert printed.out.count("bad usage: ") == 6 and printed.out.count("returned 0") == 3
    said = "handle #1 was never given to the host, which has been given 0"
    assert printed.err == f"factfuzz: --invoke 'page-of(#1)': {said}\n"

"""What one case is found to show, and what becomes of files that are no cases and of cases that end their process."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cmin_cases import FINDINGS, SPINNING, corpus, generated, measured, script, shown_by, told_by_text

from fuzz.cmin.measure import Measured, Order
from fuzz.cmin.workers import Crew, Ended
from fuzz.coverage.possible import POSSIBLE
from fuzz.engines.limits import MIB
from fuzz.engines.registry import open_traced
from fuzz.examine import by_name, examine
from generators.families import swarm
from generators.stream import CaseStream


def test_features_are_those_that_the_campaign_counts(tmp_path: Path) -> None:
    for number, one in enumerate(measured(corpus(tmp_path, 4)).values()):
        features = {e.removeprefix("feature ") for e in one.elements if e.startswith("feature ")}
        examined = examine(CaseStream(swarm, 3)(number), by_name(open_traced(["reference"])))
        assert features == examined.features <= POSSIBLE
        assert one.seconds > 0 and not one.unreadable and not one.told


def test_branches_are_those_that_were_taken(tmp_path: Path) -> None:
    path = corpus(tmp_path, 1) / "case-0.wast"
    branches = {e for e in shown_by(path) if e.startswith("branch ")}
    assert branches
    uncalled = tmp_path / "fewer.wast"
    text = generated(0)
    assert text.count("(invoke") > 1
    uncalled.write_text("\n".join(line for i, line in enumerate(text.splitlines()) if i == 0 or "(invoke" not in line)
                        + '\n(invoke "no-such-function")\n')
    assert {e for e in shown_by(uncalled) if e.startswith("branch ")} < branches


def test_a_case_shows_the_same_whatever_came_before(tmp_path: Path) -> None:
    files = sorted(corpus(tmp_path, 6).iterdir())
    forth = [measured(path, python=True)[path.name] for path in files]
    back = [measured(path, python=True)[path.name] for path in reversed(files)]
    for a, b in zip(forth, reversed(back), strict=True):
        assert set(a.elements) == set(b.elements)
    jumps = [{e for e in one.elements if e.startswith("python ")} for one in forth]
    assert all(any(f"fact/{part}/" in e for e in one) for one in jumps for part in ("abi", "adapters", "link"))
    assert len(set.union(*jumps)) > len(set.intersection(*jumps)) > 100


@pytest.mark.parametrize(("text", "why"), [
    (b"", "no component"),
    (b";; nothing\n", "no component"),
    (b"\xff\xfe(component)", "not text: byte 0 is not UTF-8"),
    (b"(component", "line 1: the form that begins here is never closed"),
    (b'(component (core module (func (result i32))))(invoke "f")', "refused"),
    (b'(component (flurb))(invoke "f")', "line 1, column 13: expected valid component field"),
    (b'(module (func (export "f")))(invoke "f")', "a case begins with its component"),
    (b'(component)(component)(invoke "f")', "no directive of a case"),
    (b'(component (import "f" (func)))(invoke "f")', ""),
    (b"(component)", ""),
])
def test_what_is_no_case_says_why(tmp_path: Path, text: bytes, why: str) -> None:
    path = tmp_path / "x.wast"
    path.write_bytes(text)
    (one,) = measured(path).values()
    if why:
        assert why in one.unreadable and "\n" not in one.unreadable
        assert one.elements == ()
    else:
        assert one.unreadable == ""


def test_a_file_that_changes_meanwhile_or_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "x.wast"
    path.write_text(script(1))
    orders = [Order(str(path), bytes(32)), Order(str(tmp_path / "y"), bytes(32))]
    changed, gone = (m for _, m in sorted(Crew(1).measured(orders), key=lambda a: a[0].path))
    assert isinstance(changed, Measured) and "was changed" in changed.unreadable
    assert isinstance(gone, Measured) and gone.unreadable == "cannot be read: No such file or directory"


def outer_alias(level: int) -> str:
    """A component, as bytes, that names the first component *level* levels out."""
    binary = bytes([0, 0x61, 0x73, 0x6D, 0x0D, 0, 1, 0, 6, 5, 1, 4, 2, level, 0])
    return '(component binary "' + "".join(f"\\{byte:02x}" for byte in binary) + '")'


def test_neighbours_do_not_make_a_case_valid_or_invalid(tmp_path: Path) -> None:
    """Cases are validated together."""
    (tmp_path / "a.wast").write_text(script(1))
    (tmp_path / "b.wast").write_text(outer_alias(1))
    (tmp_path / "c.wast").write_text(script(2))
    found = measured(tmp_path)
    assert (found["a.wast"].unreadable, found["c.wast"].unreadable) == ("", "")
    assert found["b.wast"].unreadable.startswith("refused: ")
    (tmp_path / "d.wast").write_text(script(3).replace("(result i32) (i32", "(result i64) (i32"))
    found = measured(tmp_path)
    assert [one.unreadable[:7] for one in found.values()] == ["", "refused", "", "refused"]


def test_findings_are_cases_on_which_our_engines_agree() -> None:
    found = measured(FINDINGS)
    read = {name: one for name, one in found.items() if not one.unreadable}
    assert len(read) >= 15
    assert not [name for name, one in read.items() if one.told]
    assert all("no directive of a case" in one.unreadable for one in found.values() if one.unreadable)


# -- cases that end the process


def order(directory: Path, name: str, text: str) -> Order:
    path = directory / name
    path.write_text(text)
    return Order(str(path), hashlib.sha256(text.encode()).digest())


def test_a_case_that_never_ends(tmp_path: Path) -> None:
    orders = [order(tmp_path, f"{i}.wast", script(i)) for i in range(3)]
    orders.insert(1, order(tmp_path, "spin.wast", SPINNING))
    found = {Path(o.path).name: m for o, m in Crew(1, seconds=1.5).measured(orders)}
    assert found.pop("spin.wast") == Ended("no answer within 1.5 s")
    assert [isinstance(m, Measured) and m.unreadable == "" for m in found.values()] == [True] * 3


def test_a_case_that_aborts_takes_no_other_with_it(tmp_path: Path) -> None:
    orders = [order(tmp_path, f"{i}", f";; word{i}" + " abort" * (i in (3, 11))) for i in range(20)]
    found = {o.path: m for o, m in Crew(2, measure=told_by_text).measured(orders)}
    assert len(found) == 20
    ended = {Path(path).name: m.how for path, m in found.items() if isinstance(m, Ended)}
    assert ended.keys() == {"3", "11"}
    assert all("killed by SIGABRT" in how and "no such luck" in how for how in ended.values())
    assert found[orders[4].path] == Measured(("feature word4",), 0.01)


def test_memory_is_bounded(tmp_path: Path) -> None:
    growing = SPINNING.replace("(loop (br 0))", "(drop (memory.grow (i32.const 20000))) (memory.fill (i32.const 0) "
                               "(i32.const 1) (i32.const 1200000000)) (loop (br 0))")
    growing = growing.replace("(core module $M ", "(core module $M (memory 1) ")
    (answer,) = Crew(1, seconds=20, memory=512 * MIB).measured([order(tmp_path, "x.wast", growing)])
    assert answer[1] == Ended("used more than 512 MiB of memory")


def test_stopping_finishes_what_is_in_hand(tmp_path: Path) -> None:
    orders = [order(tmp_path, f"{i}", f";; word{i}") for i in range(100)]
    found: list[str] = []
    for one, _ in Crew(2, measure=told_by_text).measured(orders, lambda: len(found) >= 10):
        found.append(one.path)
    assert 10 <= len(found) == len(set(found)) < 100

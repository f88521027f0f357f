"""Scripts made smaller by engines in this process, one of them at fault."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import monotonic

import pytest
from minimise_scripts import COMPONENTS, buried, finding

from fact.link import Environment
from fact.model.values import Handle, Value
from fact.run.host import Host
from fuzz.engines.base import NOTHING, Engine, EngineInfo, Loaded, Running
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine
from fuzz.minimise.scripts import reducer
from fuzz.minimise.scripts.job import observed
from fuzz.minimise.scripts.model import ScriptParts, load_parts, script_of
from fuzz.minimise.scripts.observed import Saw, Step, observe_script
from fuzz.minimise.scripts.reducer import reduce_script
from fuzz.minimise.scripts.search import Oracle, OutOfTime, Search, Target, WentBack, fewer
from fuzz.minimise.scripts.signature import script_divergence
from fuzz.minimise.scripts.trial import HereRunner
from fuzz.outcome import Crashed, Exceeded, Outcome, TimedOut


class Careless:
    """The reference, but that a list with a 7 in it comes back without its last element."""

    def __init__(self) -> None:
        self.engine = ReferenceEngine()
        self.info = EngineInfo("careless", "1", "", ())

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Loaded:
        return _Loaded(self.engine.load(binary, environment))


class _Loaded:
    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded

    def instantiate(self, host: Host) -> Running:
        return _Running(self.loaded.instantiate(host))


class _Running:
    def __init__(self, running: Running) -> None:
        self.running = running

    def invoke(self, function: str, args: Sequence[Value]) -> Value | None:
        value = self.running.invoke(function, args)
        return value[:-1] if isinstance(value, tuple) and 7 in value else value

    def drop(self, handle: Handle) -> None:
        self.running.drop(handle)


def search_in(path: Path, engines: dict[str, Engine], seconds: float = 30.0) -> Search:
    parts = load_parts(path)
    runner = HereRunner(engines)
    found = script_divergence(observed(parts, runner, tuple(engines), str(path)))
    assert found is not None
    target = Target(found.signature, tuple(engines))
    return Search(Oracle(runner, target, str(path)), parts, monotonic() + seconds)


def shown(parts: ScriptParts, engines: dict[str, Engine]) -> str:
    found = script_divergence(observed(parts, HereRunner(engines), tuple(engines), "here"))
    return "" if found is None else found.signature


ECHO = """(component
  (component $Echo
    (core module $m
      (memory (export "memory") 1)
      (global $next (mut i32) (i32.const 64))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (global.set $next (i32.add (local.get $at) (local.get 3)))
        (local.get $at))
      (func (export "echo") (param i32 i32) (result i32)
        (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0))
      (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
    (core instance $i (instantiate $m))
    (func (export "echo") (param "xs" (list u32)) (result (list u32)) (canon lift (core func $i "echo")
      (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
    (func (export "add") (param "x" u32) (param "y" u32) (result u32) (canon lift (core func $i "add"))))
  (instance $echo (instantiate $Echo))
  (export "echo" (func $echo "echo"))
  (export "add" (func $echo "add")))
(assert_return (invoke "add" (u32.const 1) (u32.const 2)) (u32.const 3))
(assert_return (invoke "echo" (list.const)) (list.const))
(assert_return (invoke "echo" (list.const (u32.const 9) (u32.const 7) (u32.const 8) (u32.const 1)))
  (list.const (u32.const 9) (u32.const 7) (u32.const 8) (u32.const 1)))
(assert_return (invoke "add" (u32.const 5) (u32.const 5)) (u32.const 10))
"""


def test_a_planted_fault_of_an_engine_is_all_that_is_left(tmp_path: Path) -> None:
    path = tmp_path / "echo.wast"
    letters = (COMPONENTS / "letters.wat").read_text(encoding="utf-8")
    calls = ECHO[ECHO.index("(assert_return") :]
    path.write_text(f"{buried(ECHO, letters, 4)}\n{calls}", encoding="utf-8")
    engines: dict[str, Engine] = {"reference": ReferenceEngine(), "careless": Careless()}
    search = search_in(path, engines)
    before = search.size
    assert reduce_script(search)
    assert shown(search.best, engines) == search.oracle.target.signature
    assert (search.size.calls, len(search.best.directives)) == (1, 2)
    assert search.size.definitions < before.definitions / 10
    assert search.size.code <= 60
    assert '(invoke "f" (list.const (u32.const 7)))' in search.best.text or (
        '(invoke "f" (list.const))' in search.best.text)


def test_a_pass_that_stumbles_is_told_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbling(_: Search) -> None:
        raise LookupError("a form that nobody knows")

    monkeypatch.setattr(reducer, "PASSES", (("stumbling", stumbling), *reducer.PASSES[:1]))
    path = tmp_path / "echo.wast"
    path.write_text(ECHO, encoding="utf-8")
    search = search_in(path, {"reference": ReferenceEngine(), "careless": Careless()})
    before = search.size.calls
    assert reduce_script(search)
    assert search.stumbled == {"stumbling": "LookupError: a form that nobody knows"}
    assert search.size.calls < before


@pytest.mark.parametrize(("name", "most"), [("post-return-may-leave", 34), ("lent-before-type", 36)])
def test_a_finding_is_dug_out_of_other_components(name: str, most: int, tmp_path: Path) -> None:
    path = tmp_path / "buried.wast"
    letters = (COMPONENTS / "letters.wat").read_text(encoding="utf-8")
    path.write_text(buried(finding(name), letters, 6) + '\n(invoke "run")', encoding="utf-8")
    engines: dict[str, Engine] = {"reference": ReferenceEngine(), "native": NativeEngine()}
    search = search_in(path, engines)
    assert reduce_script(search)
    assert shown(search.best, engines) == search.oracle.target.signature
    assert search.oracle.target.signature.startswith("call reference=trapped:")
    assert search.size.definitions <= most
    assert search.size.code <= 50


def test_text_that_cannot_be_named_gets_smaller_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fuzz.minimise.scripts import model
    from fuzz.minimise.scripts.scopes import NotNamed

    def not_named(binary: bytes) -> None:
        raise NotNamed("an unknown form")

    monkeypatch.setattr(model, "named", not_named)
    path = tmp_path / "post-return.wast"
    path.write_text(finding("post-return-may-leave"), encoding="utf-8")
    engines: dict[str, Engine] = {"reference": ReferenceEngine(), "native": NativeEngine()}
    search = search_in(path, engines)
    before = search.size
    reduce_script(search)
    assert shown(search.best, engines) == search.oracle.target.signature
    assert search.size.length < before.length / 2


def test_a_search_that_is_stopped_has_the_best_so_far(tmp_path: Path) -> None:
    path = tmp_path / "post-return.wast"
    path.write_text(finding("post-return-may-leave"), encoding="utf-8")
    engines: dict[str, Engine] = {"reference": ReferenceEngine(), "native": NativeEngine()}
    search = search_in(path, engines)
    search.stopped = lambda: search.kept >= 1
    assert not reduce_script(search)
    assert search.kept == 1
    assert shown(search.best, engines) == search.oracle.target.signature
    with pytest.raises(OutOfTime):
        search.improves(search.best.with_directives(search.best.directives[:1]))


def test_what_is_taken_back_is_not_tried_once_more_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "post-return.wast"
    path.write_text(finding("post-return-may-leave"), encoding="utf-8")
    engines: dict[str, Engine] = {"reference": ReferenceEngine(), "native": NativeEngine()}
    search = search_in(path, engines)
    whole, size, taken = search.best, search.size, list[str]()

    def take_back(search: Search) -> None:
        if search.kept % 10 == 0 and search.best is not whole and len(taken) < 3:
            taken.append(search.best.text)
            search.go_back(whole)

    search.after = take_back
    assert reduce_script(search)
    assert len(set(taken)) == 3 and search.best.text not in taken
    assert search.size.definitions < size.definitions / 2
    assert shown(search.best, engines) == search.oracle.target.signature
    again = search_in(path, engines)
    again.after = lambda search: search.go_back(whole)
    with pytest.raises(WentBack):
        again.improves(whole.with_directives(whole.directives[:1]))


def test_delta_debugging_leaves_what_is_needed() -> None:
    class Wanting:
        def __init__(self) -> None:
            self.best: list[object] = list(range(100))
            self.tried = 0

        def improves(self, left: list[object]) -> bool:
            self.tried += 1
            shows = {3, 50, 51} <= set(left)
            self.best = left if shows else self.best
            return shows

    search = Wanting()
    left = fewer(search, range(100), lambda run: [n for n in search.best if n not in run])  # type: ignore[arg-type,return-value]
    assert left == search.best == [3, 50, 51]
    assert search.tried < 60


@pytest.mark.parametrize(("outcome", "kind"), [
    (TimedOut(5.0), "hang"), (Exceeded("memory", 1 << 30), "resource use"),
    (Crashed("killed by SIGABRT", "killed by SIGABRT"), "crash"),
])
def test_an_engine_that_ends_is_judged_by_how(outcome: Outcome, kind: str) -> None:
    accepted, ended = (Saw((Step("load", "", (), o),), "", "") for o in (None, outcome))
    found = script_divergence({"reference": (accepted,), "native": (ended,)})
    assert found is not None and found.death == "native"
    assert (found.verdict().kind, found.verdict().alone) == (kind, "native")


def test_what_an_engine_does_not_support_is_not_compared(tmp_path: Path) -> None:
    path = tmp_path / "fixed.wast"
    path.write_text("""(component
      (core module $m (func (export "f") (param i32 i32)))
      (core instance $i (instantiate $m))
      (func (export "f") (param "x" (list u8 2)) (canon lift (core func $i "f"))))""", encoding="utf-8")
    parts = load_parts(path)
    engines: dict[str, Engine] = {"reference": ReferenceEngine(), "native": NativeEngine()}
    assert shown(parts, engines) == ""
    assert observe_script(script_of(parts, "here"), engines["native"], ())[0].verdict == "unsupported"


@pytest.mark.parametrize("call", ['(invoke "missing")', '(invoke "f" (u32.const 1))'])
def test_a_call_that_nobody_can_make_is_no_crash(call: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.wast"
    path.write_text(f"""(component
      (core module $m (func (export "f")))
      (core instance $i (instantiate $m))
      (func (export "f") (canon lift (core func $i "f"))))
    {call}""", encoding="utf-8")
    assert shown(load_parts(path), {"reference": ReferenceEngine(), "native": NativeEngine()}) == ""

"""SIGKILL at any moment, and readers while somebody writes: with real processes."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import msgspec
from store_contents import contents
from store_samples import FEATURES, SIGNATURE, cases, finding, kept, key, sample, session

from fuzz.store.fsck import check
from fuzz.store.store import Store

STEP = 8
SIGNATURES = [f"call a=returned | b=trapped:x; at {i}" for i in range(5)]


def add_without_end(path: Path, began: Callable[[], object]) -> None:
    """Cases in order, findings, which get smaller; what is in the store depends on how many cases there are."""
    with Store.writing(path) as store:
        run = store.begin_run(key(), FEATURES)
        id = f"s{len(store.sessions())}"
        store.begin_session(session(run, id))
        if store.finding(SIGNATURE) is None:
            store.set_finding(finding(store, run, 0))
        began()
        while True:
            at = store.done(run).count
            store.add(run, at, at + STEP, cases(at, at + STEP))
            signature = SIGNATURES[at // STEP % len(SIGNATURES)]
            before = store.finding(signature)
            if before is None:
                store.set_finding(finding(store, run, at, signature, wast_of(signature, at)))
            else:
                smaller = kept(store, wast_of(signature, at), run, at, reduced=True)
                store.set_finding(msgspec.structs.replace(before, smallest=smaller))
            if at // STEP % 3 == 0:
                store.add_sample(sample(id, float(at)))
                store.flush()


def wast_of(signature: str, at: int) -> str:
    return f"(component) ;; {signature} {at}\n" * 20


def forked(target: Callable[..., object], *args: object) -> BaseProcess:
    process = multiprocessing.get_context("fork").Process(target=target, args=args, daemon=True)
    process.start()
    return process


def consistent(path: Path) -> None:
    """Nothing twice, nothing half, findings and cases of one moment."""
    assert [p for p in check(path, repair=False) if not p.harmless] == []
    with Store.reading(path) as store:
        ((run, _),) = store.runs()
        done = store.done(run)
        assert done.ranges() == ((0, done.count),) and done.count // STEP % 3 == 1, "only what was flushed together"
        assert store.totals(run) == cases(0, done.count)
        last = {SIGNATURES[at // STEP % 5]: at for at in range(0, done.count, STEP)}
        found = [f for f in store.findings() if f.signature != SIGNATURE]
        assert {f.signature: f.smallest.number for f in found} == last
        for f in found:
            assert store.case_text(f.smallest.sha) == wast_of(f.signature, f.smallest.number)
            assert store.case_text(f.original.sha) == wast_of(f.signature, f.original.number)
            assert f.original.number == SIGNATURES.index(f.signature) * STEP


def test_killed_at_any_moment(tmp_path: Path) -> None:
    path, moments = tmp_path / "night", random.Random(6)
    context = multiprocessing.get_context("fork")
    seen = 0
    for _ in range(10):
        begun = context.Event()
        process = forked(add_without_end, path, begun.set)
        assert begun.wait(20)
        time.sleep(moments.uniform(0.0, 0.12))
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        assert not _is_written(path)
        if _cases(path):
            consistent(path)
        assert _cases(path) >= seen, "what was flushed stays"
        seen = _cases(path)
    assert seen > 0
    with Store.writing(path) as store:
        assert store.totals().cases == seen
    left = check(path, repair=False)
    assert {p.what.partition(":")[0] for p in left} == {"no case is counted for it"}, "opening it tidied up"


def _is_written(path: Path) -> bool:
    with Store.reading(path) as store:
        return store.is_being_written()


def _cases(path: Path) -> int:
    with Store.reading(path) as store:
        return store.totals().cases


def test_reading_while_somebody_writes(tmp_path: Path) -> None:
    """Every look shows one moment: counts, findings and cases that belong together, never less than before."""
    begun = multiprocessing.get_context("fork").Event()
    process = forked(add_without_end, tmp_path / "night", begun.set)
    try:
        assert begun.wait(20)
        looks = [0]
        while len(looks) < 12 or looks[-1] == 0:
            with Store.reading(tmp_path / "night") as store:
                assert store.is_being_written()
                looks.append(store.totals().cases)
            if looks[-1]:
                consistent(tmp_path / "night")
                contents(tmp_path / "night")
        assert looks == sorted(looks)
        assert process.is_alive()
    finally:
        process.kill()
        process.join()

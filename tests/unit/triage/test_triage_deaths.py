"""Deaths: one signature for one mistake, from whoever saw it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fuzz.engines.base import EngineDied, EngineExceeded, EngineHung
from fuzz.triage.deaths import death_signature, death_verdict

PANIC = """
thread '<unnamed>' panicked at {path}:{line}:
no entry found for key
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
thread '<unnamed>' panicked at library/core/src/panicking.rs:225:5:
panic in a function that cannot unwind
"""
HERE = PANIC.format(path="/home/a/.cargo/registry/src/index-6f17d22b/wasmtime-environ-50.0.1/src/component/dfg.rs",
                    line="412:9")
THERE = PANIC.format(path="crates/environ/src/component/dfg.rs", line="388:17")


def test_a_panic_is_known_by_its_file_whatever_was_built_where() -> None:
    assert death_signature("native", "killed by SIGABRT", HERE) == "crash native SIGABRT; at dfg.rs"
    assert death_signature("native", "killed by SIGABRT", THERE) == death_signature("native", "killed by SIGABRT", HERE)
    other = HERE.replace("dfg.rs", "adapt.rs")
    assert death_signature("native", "killed by SIGABRT", other) == "crash native SIGABRT; at adapt.rs"


def test_what_was_printed_before_and_after_makes_no_difference() -> None:
    around = f"a guest says hello\n{HERE}stack backtrace:\n   0: 0x7f00 - <unknown>\n"
    assert death_signature("native", "killed by SIGABRT", around) == "crash native SIGABRT; at dfg.rs"


@pytest.mark.parametrize(("ours", "theirs"), [
    ("killed by SIGSEGV", EngineDied("killed by SIGSEGV")),
    ("exited with status 3", EngineDied("exited with status 3")),
    ("no answer within 20 s", EngineHung(2.0)),
    ("memory: more than 2048 MiB", EngineExceeded("memory", 512 << 20)),
    ("printed more than 16 MiB", EngineExceeded("output", 1 << 20)),
])
def test_a_campaign_and_an_engine_apart_say_the_same(
    ours: str, theirs: EngineDied | EngineHung | EngineExceeded
) -> None:
    assert death_signature("native", ours, "hello 17\n") == death_signature("native", theirs.how, "bye 4\n")


@pytest.mark.parametrize(("how", "printed", "kind", "signature"), [
    ("killed by SIGSEGV", "", "crash", "crash native SIGSEGV"),
    ("killed by signal 34", "", "crash", "crash native signal 34"),
    ("exited with status 134", "", "crash", "crash native exit status 134"),
    ("killed by SIGABRT", "thread 'main' has overflowed its stack\nfatal runtime error: stack overflow\n", "crash",
     "crash native SIGABRT; at fatal runtime error: stack overflow"),
    ("killed by SIGABRT", "memory allocation of 123456 bytes failed\n", "resource use", "resource use native memory"),
    ("killed by SIGABRT", "terminate called after throwing an instance of 'std::bad_alloc'", "resource use",
     "resource use native memory"),
    ("no answer within 20 s", "", "hang", "hang native"),
    ("used more than 2048 MiB of memory", "", "resource use", "resource use native memory"),
    ("printed more than 16 MiB", "memory memory memory", "resource use", "resource use native output"),
    ("raised ValueError: 17 is no memory", "", "crash", "crash native raised ValueError: N is no memory"),
])
def test_kinds(how: str, printed: str, kind: str, signature: str) -> None:
    assert death_signature("native", how, printed) == signature
    verdict = death_verdict("native", how, printed)
    assert (verdict.kind, verdict.alone, verdict.signature_plain) == (kind, "native", signature)
    assert verdict.section == "" and verdict.why


def test_a_verdict_tells_what_the_engine_said_and_keeps_the_terminal_safe() -> None:
    verdict = death_verdict("native", "killed by SIGABRT", HERE + "\x1b[2Jlast\n")
    assert verdict.title == "native: killed by SIGABRT, no entry found for key"
    assert verdict.message == "no entry found for key"
    (side,) = verdict.sides
    assert side.saw == "killed by SIGABRT" and side.state[-1] == "?[2Jlast"
    assert verdict.lines[0] == verdict.title and all(line.isprintable() for line in verdict.lines)


def test_it_takes_no_engine_to_judge_a_death_or_to_recognise_what_is_known() -> None:
    """The supervisor of a campaign loads none."""
    code = ("import sys, fuzz.triage.deaths, fuzz.triage.entries; "
            "print(*[m for m in ('wasmtime', 'hypothesis', 'fact.abi', 'generators') if m in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""

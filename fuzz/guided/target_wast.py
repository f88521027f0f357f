"""Text into the readers of scripts: only errors of our own, and what was read, written again, reads the same.

An input is a script: a case as `fuzz.script` writes it, or any other `.wast`. Two readers take it: that of stored
cases, and that of the trees which the minimiser rewrites. Nothing is assembled and nothing runs.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from fuzz.case import Case
from fuzz.guided.dictionaries import dictionary_flags, words
from fuzz.guided.offence import Offence, stage
from fuzz.guided.target import Change, Target
from fuzz.guided.text_edits import TextMutator
from fuzz.minimise.scripts.tree import read
from fuzz.script import from_wast, to_wast
from fuzz.script_header import read_header
from fuzz.sexpr import forms

COMPONENT = """(component definition $case
  (core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))
  (func (export "echo") (param "x" u8) (result u8) (canon lift (core func $i "f"))))
"""

SEEDS = (
    COMPONENT + """(component instance $run0 $case)
(assert_return (invoke "echo" (u8.const 7)) (u8.const 7))
(assert_trap (invoke "echo" (u8.const 0)) "unreachable") ;; unreachable at result
(component instance $run1 $case)
(invoke "echo" (u8.const 0xff))
""",
    """;; A case. (; not a comment ;)
;; factfuzz-case: {"origin":{"versions":{"factfuzz":"1"},"verdict":["who, and what"]},"log_prefixes":["g"]}
""" + COMPONENT + """(component instance $run0 $case)
(assert_return (invoke "echo" (u8.const 1)) (u8.const 1))
(assert_return (invoke "g-log-count") (u32.const 2))
(assert_return (invoke "g-log-entry" (u32.const 0)) (u64.const 0x100000000))
(assert_return (invoke "g-log-entry" (u32.const 1)) (u64.const 0x7))
""",
    """;; factfuzz-case: {"origin":{"versions":{}},"types":{"f":"func(a: record { x: f32, y: list<option<char>> }, \
b: own<0>) -> result<flags { on, off }, variant { none, some(string) }>"}}
(component $c (import "host" (func)))
;; factfuzz-call: (assert_return (invoke "f" (record.const (field "x" f32.const nan:0x200000) (field "y" list.const \
(option.some (char.const "\\u{1f600}")) (option.none))) (handle.const 1)) (result.ok (flags.const "on" "off")))
(assert_return (invoke "f" (record.const (field "x" f32.const -0x1.8p+3) (field "y" list.const)) (handle.const 2)) \
(result.err (variant.const "some" (str.const "\\00\\t \\u{e9}"))))
""",
    """(; a block (; within ;) a block ;)
(assert_trap
(component (core module $m (func $f unreachable) (start $f)) (core instance (instantiate $m)))
"unreachable") ;; unreachable
""",
    """(module binary "\\00asm" "\\01\\00\\00\\00")
(assert_return (invoke $m "f" (f64.const inf) (i64.const -1)) (f32.const nan:canonical))
(@custom "x" "y") (register "a" $b) ;; the end""",
)


@cache
def seeds() -> tuple[bytes, ...]:
    """And cases as campaigns store them, with a blueprint in the header: small ones."""
    from fuzz.case import Origin, case_of
    from generators.families import cases
    from generators.stream import examples

    made = (to_wast(case_of(blueprint, Origin(versions={}))) for blueprint in examples(11, 40, cases()))
    return tuple(text.encode() for text in (*SEEDS, *sorted(made, key=len)[:12]))


def target_of(plain: Change, own: tuple[str, ...] = ()) -> Target:
    mutator = TextMutator(seeds, words("wast"), plain)
    flags = {"max_len": "8192", **dictionary_flags("wast")}
    return Target("wast", wast, mutator.mutate, mutator.cross, flags=flags, own=own)


def wast(data: bytes) -> None:
    """Raises `Offence`."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    _trees(text)
    _forms(text)
    _case(text)


def _forms(text: str) -> None:
    try:
        with stage("taking a script apart", ValueError):
            found = list(forms(text))
    except ValueError:
        return
    try:
        with stage("taking forms apart", ValueError):
            for form in found:
                form.nodes()
        with stage("reading the header of any script", ValueError):
            read_header(text)
    except ValueError:
        return


def _trees(text: str) -> None:
    try:
        with stage("reading trees", ValueError):
            trees = read(text)
    except ValueError:
        return
    with stage("writing trees"):
        written = "\n".join(tree.text for tree in trees)
    with stage("reading trees again"):
        again = read(written)
    if again != trees:
        raise Offence("reading trees again", f"{_cut(written)} reads as {_cut(' '.join(t.text for t in again))}")


def _case(text: str) -> None:
    try:
        with stage("reading a case", ValueError):
            case = from_wast(text)
    except ValueError:
        return
    with stage("writing a case"):
        written = to_wast(case)
    with stage("reading a case again"):
        again = from_wast(written)
    if _comparable(again) != _comparable(case):
        raise Offence("reading a case again", f"{_difference(case, again)}: {_cut(written)}")


def _comparable(case: Case) -> Case:
    """NaNs do not equal themselves, but their text does; what nobody said is written as what is not expected."""
    return replace(case, calls=tuple(repr(call) for call in case.calls))  # type: ignore[misc]


def _difference(case: Case, again: Case) -> str:
    parts = ("text", "calls", "log_prefixes", "host", "start_trap", "origin", "blueprint")
    differing = next(p for p in parts if getattr(_comparable(case), p) != getattr(_comparable(again), p))
    return f"{differing}: {_cut(str(getattr(case, differing)))} became {_cut(str(getattr(again, differing)))}"


def _cut(text: str) -> str:
    return text if len(text) <= 600 else f"{text[:600]}..."

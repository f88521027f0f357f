"""Pairs of components to measure a boundary with: a caller whose loop makes the calls, a callee that keeps nothing.

The root component exports `run(turns: u32)`, which makes *turns* rounds of all the calls; `once(call: u32)`, which
makes one of them; and `digest() -> u64`, a hash of what the callee received last, read out of its memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DATA = 0x10000
"""Address of the data in the caller's memory."""

ARENA = 1024
"""Address in the callee's memory where its allocator starts, and starts again after every call."""

CALLER_PAGES = 40
CALLEE_PAGES = 128

PAIR = """\
(component
  (component $Callee
{definitions}
    (core module $callee
      (memory (export "memory") {callee_pages})
      (global $free (mut i32) (i32.const {arena}))
      (global $hash (mut i64) (i64.const 0))
{received}
      (func (export "realloc") (param $old i32) (param $had i32) (param $alignment i32) (param $size i32) (result i32)
        (local $new i32)
        ;; the latest block stays where it is
        (if (i32.and (i32.ne (local.get $had) (i32.const 0))
                     (i32.eq (i32.add (local.get $old) (local.get $had)) (global.get $free)))
          (then
            (global.set $free (i32.add (local.get $old) (local.get $size)))
            (return (local.get $old))))
        (local.set $new (i32.and (i32.add (global.get $free) (i32.sub (local.get $alignment) (i32.const 1)))
                                 (i32.sub (i32.const 0) (local.get $alignment))))
        (global.set $free (i32.add (local.get $new) (local.get $size)))
        (if (local.get $had)
          (then
            (memory.copy (local.get $new) (local.get $old)
              (select (local.get $had) (local.get $size) (i32.lt_u (local.get $had) (local.get $size))))))
        (local.get $new))
      (func (export "receive") {core_params}
{receive}
        (global.set $free (i32.const {arena})))
      (func $mix (param $value i64)
        (global.set $hash
          (i64.mul (i64.rotl (i64.xor (global.get $hash) (local.get $value)) (i64.const 23))
                   (i64.const 0x9e3779b97f4a7c15))))
{walks}
      (func (export "digest") (result i64)
        (global.set $hash (i64.const 1))
        {digest}
        (global.get $hash)))
    (core instance $core (instantiate $callee))
    (func (export "receive") {params} (canon lift (core func $core "receive")
      (memory (core memory $core "memory")) (realloc (core func $core "realloc")) string-encoding={destination}))
    (func (export "digest") (result u64) (canon lift (core func $core "digest"))))

  (component $Caller
    (import "callee" (instance $callee
{declarations}
      (export "receive" (func {params}))))
    (core module $data
      (memory $memory (export "memory") {caller_pages})
      (data (i32.const {data}) "{pattern}")
      (func $fill (local $have i32) (local $more i32)
        (local.set $have (i32.const {period}))
        (block $full
          (loop $next
            (br_if $full (i32.ge_u (local.get $have) (i32.const {filled})))
            (local.set $more (i32.sub (i32.const {filled}) (local.get $have)))
            (local.set $more (select (local.get $have) (local.get $more)
              (i32.lt_u (local.get $have) (local.get $more))))
            (memory.copy (i32.add (i32.const {data}) (local.get $have)) (i32.const {data}) (local.get $more))
            (local.set $have (i32.add (local.get $have) (local.get $more)))
            (br $next))))
      (start $fill))
    (core instance $data (instantiate $data))
    (core func $receive (canon lower (func $callee "receive") (memory (core memory $data "memory"))
      string-encoding={source}))
    (core module $caller
      (import "callee" "receive" (func $receive {core_params}))
      (func (export "run") (param $turns i32)
        (loop $next
{calls}
          (br_if $next (local.tee $turns (i32.sub (local.get $turns) (i32.const 1))))))
      (func (export "once") (param $call i32)
{choices}))
    (core instance $core (instantiate $caller (with "callee" (instance (export "receive" (func $receive))))))
    (func (export "run") (param "turns" u32) (canon lift (core func $core "run")))
    (func (export "once") (param "call" u32) (canon lift (core func $core "once"))))

  (instance $callee (instantiate $Callee))
  (instance $caller (instantiate $Caller (with "callee" (instance $callee))))
  (export "run" (func $caller "run"))
  (export "once" (func $caller "once"))
  (export "digest" (func $callee "digest")))
"""


@dataclass(frozen=True, slots=True)
class Elements:
    """How the callee reads a run of elements of *size* bytes: loads of (offset, width), all of them integers, and where
    *inner* is given, an address and a count of further elements at offset 0."""

    size: int
    loads: tuple[tuple[int, int], ...] = ()
    inner: Elements | None = None


BYTES = Elements(1, ((0, 1),))


@dataclass(frozen=True, slots=True)
class Data:
    """The caller's memory from `DATA` on: *pattern* over and over, cut at *size* bytes."""

    pattern: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Function:
    """The function between the two components.

    *params* is component text, in which types that need a name stand as `$name` of *definitions*; *core* are its flat
    parameters, the same on both sides; *digest* is a core expression over the globals `$0`, `$1`, ... that hold them,
    which calls `$mix` for numbers and `$walk` (address, count) for *elements*.
    """

    params: str
    core: tuple[str, ...]
    digest: str
    elements: Elements = BYTES
    definitions: tuple[tuple[str, str], ...] = ()


def pair(
    function: Function, calls: Sequence[str], data: Data, *, source: str = "utf8", destination: str = "utf8"
) -> str:
    """The component text. *calls* are the core arguments of each call; strings are in encoding *source* at the caller
    and *destination* at the callee."""
    definitions = "\n".join(
        f'    (type ${name}.shape {shape})\n    (export ${name} "{name}" (type ${name}.shape))'
        for name, shape in function.definitions
    )
    declarations = "\n".join(
        f'      (type ${name}.shape {shape})\n      (export "{name}" (type ${name} (eq ${name}.shape)))'
        for name, shape in function.definitions
    )
    return PAIR.format(
        definitions=definitions,
        declarations=declarations,
        params=function.params,
        core_params=f"(param {' '.join(function.core)})",
        received="\n".join(f"      (global ${i} (mut {t}) ({t}.const 0))" for i, t in enumerate(function.core)),
        receive="\n".join(f"        (global.set ${i} (local.get {i}))" for i in range(len(function.core))),
        walks="\n".join(walks(function.elements, "$walk")),
        digest=function.digest,
        calls="\n".join(f"          (call $receive {arguments})" for arguments in calls),
        choices="\n".join(
            f"        (if (i32.eq (local.get $call) (i32.const {i})) (then (call $receive {arguments})))"
            for i, arguments in enumerate(calls)
        ),
        source=source,
        destination=destination,
        data=DATA,
        pattern="".join(f"\\{byte:02x}" for byte in data.pattern),
        period=len(data.pattern),
        filled=data.size,
        arena=ARENA,
        callee_pages=CALLEE_PAGES,
        caller_pages=CALLER_PAGES,
    )


def walks(elements: Elements, name: str) -> list[str]:
    """Functions of the callee that mix a run of elements into the hash; the last one is *name*."""
    parts = [
        f"(call $mix (i64.load{'' if width == 8 else f'{8 * width}_u'} offset={offset} (local.get $at)))"
        for offset, width in elements.loads
    ]
    before: list[str] = []
    if elements.inner is not None:
        before = walks(elements.inner, f"{name}.inner")
        parts.append(f"(call {name}.inner (i32.load (local.get $at)) (i32.load offset=4 (local.get $at)))")
    return [
        *before,
        f"""\
      (func {name} (param $at i32) (param $count i32)
        (call $mix (i64.extend_i32_u (local.get $count)))
        (block $end
          (loop $next
            (br_if $end (i32.eqz (local.get $count)))
            {" ".join(parts)}
            (local.set $at (i32.add (local.get $at) (i32.const {elements.size})))
            (local.set $count (i32.sub (local.get $count) (i32.const 1)))
            (br $next))))""",
    ]

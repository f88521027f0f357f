"""Components with each kind of core function in each place that its type fits, and what is to be seen of a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from wasmtime import wat2wasm

from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import Handle, Value
from fuzz.engines.base import Running
from fuzz.engines.registry import open_engines

OPENED = {engine.info.name: engine for engine in open_engines()}

Signature = Literal["map", "take", "give", "realloc"]

CORE = {
    "map": "(param i32) (result i32)",
    "take": "(param i32)",
    "give": "(result i32)",
    "realloc": "(param i32 i32 i32 i32) (result i32)",
}
LIFTED = {
    "map": '(param "v" u32) (result u32)',
    "take": '(param "v" u32)',
    "give": "(result u32)",
    "realloc": '(param "a" u32) (param "b" u32) (param "c" u32) (param "d" u32) (result u32)',
}
ARGUMENTS = {
    "map": "(local.get 0)",
    "take": "(local.get 0)",
    "give": "",
    "realloc": "(i32.const 0) (i32.const 0) (i32.const 1) (local.get 0)",
}
KINDS: dict[Signature, dict[str, str]] = {
    "map": {"own": '(func $own "map")', "adapter": "(func $adapter-map)", "host": "(func $host-map)",
            "new": "(func $new)", "rep": "(func $rep)"},
    "take": {"own": '(func $own "take")', "adapter": "(func $adapter-take)", "host": "(func $host-take)",
             "drop": "(func $drop)", "set": "(func $set)"},
    "give": {"own": '(func $own "give")', "adapter": "(func $adapter-give)", "host": "(func $host-give)",
             "get": "(func $get)"},
    "realloc": {"own": '(func $own "realloc")', "adapter": "(func $adapter-realloc)",
                "host": "(func $host-realloc)"},
}
"""Core functions of the component around all places, by core type and by what makes them."""

OWN = """(core module $Own
    (global $seen (mut i32) (i32.const 0))
    (func $see (param i32) (global.set $seen (i32.add (i32.mul (global.get $seen) (i32.const 100)) (local.get 0))))
    (func (export "map") (param i32) (result i32) (call $see (local.get 0)) (i32.add (local.get 0) (i32.const 100)))
    (func (export "take") (param i32) (call $see (local.get 0)))
    (func (export "give") (result i32) (call $see (i32.const 9)) (i32.const 300))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $see (local.get 3)) (i32.const 64))
    (func (export "seen") (result i32) (global.get $seen)))"""

SURROUNDINGS = f"""
  (import "map" (func $h-map {LIFTED["map"]})) (import "take" (func $h-take {LIFTED["take"]}))
  (import "give" (func $h-give {LIFTED["give"]})) (import "realloc" (func $h-realloc {LIFTED["realloc"]}))
  (component $Server
    {OWN}
    (core instance $own (instantiate $Own))
    {"".join(f'(func (export "{s}") {LIFTED[s]} (canon lift (core func $own "{s}")))' for s in LIFTED)}
    (func (export "seen") (result u32) (canon lift (core func $own "seen"))))
  (instance $server (instantiate $Server))
  {"".join(f'(core func $adapter-{s} (canon lower (func $server "{s}")))' for s in LIFTED)}
  {"".join(f"(core func $host-{s} (canon lower (func $h-{s})))" for s in LIFTED)}
  {OWN}
  (core instance $own (instantiate $Own))
  (core instance $buried (instantiate $Own))
  (type $r (resource (rep i32) (dtor (core func $buried "take"))))
  (core func $new (canon resource.new $r)) (core func $rep (canon resource.rep $r))
  (core func $drop (canon resource.drop $r))
  (core func $set (canon context.set i32 0)) (core func $get (canon context.get i32 0))
  (core module $Seed (import "" "new" (func $new (param i32) (result i32)))
    (func $start (drop (call $new (i32.const 41))) (drop (call $new (i32.const 42))))
    (start $start))
  (core instance (instantiate $Seed (with "" (instance (export "new" (func $new))))))
  (core module $Memory (memory (export "m") 1)
    (data (i32.const 8) "\\20\\00\\00\\00\\03\\00\\00\\00") (data (i32.const 32) "abc")
    (func (export "give") (result i32) (i32.const 8))
    (func (export "one") (result i32) (i32.const 1))
    (func (export "take") (param i32 i32) (result i32)
      (i32.add (i32.mul (i32.const 1000) (local.get 1)) (i32.load8_u (local.get 0))))
    (func (export "length") (result i32) (i32.load (i32.const 132))))
  (core instance $memory (instantiate $Memory))
  (func (export "own") (result u32) (canon lift (core func $own "seen")))
  (func (export "buried") (result u32) (canon lift (core func $buried "seen")))
  (export "server" (func $server "seen"))
"""
"""Three functions of each type that tell what they are given, and a resource type with handles 1 and 2."""

RECEIVER = """(component $Receiver
    (import "run" (func $run {type}))
    (core func $run (canon lower (func $run)))
    (core module $m (import "" "run" (func $run {core})) (func (export "run") {core} (call $run {locals})))
    (core instance $m (instantiate $m (with "" (instance (export "run" (func $run))))))
    (func (export "run") {type} (canon lift (core func $m "run"))))
  (instance $receiver (instantiate $Receiver (with "run" (func $run))))
  (export "run" (func $receiver "run"))"""
"""Another component, so that what `$run` is made of belongs to an adapter."""


def exported(across: bool, type: str, core: str, locals: str) -> str:
    """The component function `$run`, for the host to call or for another component that the host calls."""
    return RECEIVER.format(type=type, core=core, locals=locals) if across else '(export "run" (func $run))'


def user_of(s: Signature) -> str:
    """A core module that calls what it imports, and returns what that returns, or else what is in the thread's slot."""
    result = f"(call $f {ARGUMENTS[s]})" if s != "take" else f"(call $f {ARGUMENTS[s]}) (call $get)"
    return f"""(core module $User (import "k" "f" (func $f {CORE[s]})) (import "k" "get" (func $get (result i32)))
      (func (export "run") (param i32) (result i32) {result}))"""


def lifted_as_run(module: str, extra: str = "") -> str:
    return f"""{extra} (core instance $user (instantiate {module} (with "k" (instance $k))))
      (func $run (param "v" u32) (result u32) (canon lift (core func $user "run")))
      (export "run" (func $run))"""


def place_callee(s: Signature, across: bool) -> str:
    return f"""(alias core export $k "f" (core func $f))
      (func $run {LIFTED[s]} (canon lift (core func $f)))
      {exported(across, LIFTED[s], CORE[s], {"map": "(local.get 0)", "take": "(local.get 0)"}.get(s, ""))}"""


def place_import(s: Signature) -> str:
    return lifted_as_run("$User", user_of(s))


def place_import_of_anothers_module(s: Signature) -> str:
    return lifted_as_run("$user", f"""
      (component $Maker {user_of(s)} (export "m" (core module $User)))
      (instance $maker (instantiate $Maker))
      (alias export $maker "m" (core module $user))""")


def place_module_given_to_another(s: Signature) -> str:
    """The core function stays here; a module that exports it again crosses over and comes back."""
    return lifted_as_run("$user", f"""
      {user_of(s)}
      (component $Through (import "m" (core module $m (import "k" "f" (func {CORE[s]}))
          (import "k" "get" (func (result i32))) (export "run" (func (param i32) (result i32)))))
        (export "n" (core module $m)))
      (instance $through (instantiate $Through (with "m" (core module $User))))
      (alias export $through "n" (core module $user))""")


def place_exported_again(s: Signature) -> str:
    """Through two core instances made of parts, and a core module that exports its import."""
    return lifted_as_run("$User", f"""
      {user_of(s)}
      (core module $Again (import "" "é" (func {CORE[s]})) (export "" (func 0)))
      (core instance $again (instantiate $Again (with "" (instance (export "é" (func $k "f"))))))
      (core instance $parts (export "f" (func $again "")) (export "get" (func $get)))
      """).replace('(with "k" (instance $k))', '(with "k" (instance $parts))')


def place_table(s: Signature, own: bool) -> str:
    """An element of a table, called by index by the module itself, or by another that owns the table."""
    type = CORE[s]
    call = f"(call_indirect (type $t) {ARGUMENTS[s]} (i32.const 3))" + ("(call $get)" if s == "take" else "")
    caller = f'(func (export "run") (param i32) (result i32) {call})'
    get = '(import "k" "get" (func $get (result i32)))'
    if own:
        return lifted_as_run("$User", f"""
          (core module $User (type $t (func {type})) {get} (import "k" "f" (func $f {type})) (table 8 funcref)
            (elem (i32.const 3) func $f) {caller})""")
    return f"""
      (core module $Owner (type $t (func {type})) {get} (table (export "t") 8 funcref) {caller})
      (core instance $owner (instantiate $Owner (with "k" (instance $k))))
      (core module $Fixup (import "k" "f" (func $f {type})) (import "" "t" (table 8 funcref))
        (elem (i32.const 3) func $f))
      (core instance (instantiate $Fixup (with "k" (instance $k)) (with "" (instance $owner))))
      (func $run (param "v" u32) (result u32) (canon lift (core func $owner "run")))
      (export "run" (func $run))"""


def place_start(s: Signature) -> str:
    call = ARGUMENTS[s].replace("(local.get 0)", "(i32.const 1)")
    after = "(call $get)" if s == "take" else ""
    return lifted_as_run("$User", f"""
      (core module $User (import "k" "f" (func $f {CORE[s]})) (import "k" "get" (func $get (result i32)))
        (global $found (mut i32) (i32.const 0))
        (func $start (call $f {call}) {after} (global.set $found)) (start $start)
        (func (export "run") (param i32) (result i32) (global.get $found)))""")


def place_post_return(across: bool) -> str:
    """Of a function that returns 1."""
    return f"""(alias core export $k "f" (core func $f))
      (func $run (result u32) (canon lift (core func $memory "one") (post-return $f)))
      {exported(across, "(result u32)", "(result i32)", "")}"""


def place_destructor() -> str:
    """`run` drops a handle here, `other` in another component, `make` leaves that to the host."""
    return """(alias core export $k "f" (core func $f))
      (type $r' (resource (rep i32) (dtor (core func $f))))
      (core func $new' (canon resource.new $r'))
      (core func $drop' (canon resource.drop $r'))
      (core module $User
        (import "" "new" (func $new (param i32) (result i32))) (import "" "drop" (func $drop (param i32)))
        (func (export "run") (param i32) (result i32) (call $drop (call $new (local.get 0))) (i32.const 1)))
      (core instance $user (instantiate $User
        (with "" (instance (export "new" (func $new')) (export "drop" (func $drop'))))))
      (func (export "run") (param "v" u32) (result u32) (canon lift (core func $user "run")))
      (export $x "r" (type $r'))
      (func $make (param "v" u32) (result (own $x)) (canon lift (core func $new')))
      (export "make" (func $make))
      (component $Other
        (import "r" (type $r (sub resource)))
        (import "make" (func $make (param "v" u32) (result (own $r))))
        (core func $make (canon lower (func $make)))
        (core func $drop (canon resource.drop $r))
        (core module $m
          (import "" "new" (func $new (param i32) (result i32))) (import "" "drop" (func $drop (param i32)))
          (func (export "run") (param i32) (result i32) (call $drop (call $new (local.get 0))) (i32.const 1)))
        (core instance $m (instantiate $m
          (with "" (instance (export "new" (func $make)) (export "drop" (func $drop))))))
        (func (export "run") (param "v" u32) (result u32) (canon lift (core func $m "run"))))
      (instance $other (instantiate $Other (with "r" (type $r')) (with "make" (func $make))))
      (export "other" (func $other "run"))"""


def place_realloc_of_lift(across: bool) -> str:
    if not across:
        return """(alias core export $k "f" (core func $f))
          (func (export "run") (param "s" string) (result u32)
            (canon lift (core func $memory "take") (memory (core memory $memory "m")) (realloc $f)))"""
    return """(alias core export $k "f" (core func $f))
      (func $run (param "s" string) (result u32)
        (canon lift (core func $memory "take") (memory (core memory $memory "m")) (realloc $f)))
      (component $Caller
        (import "run" (func $run (param "s" string) (result u32)))
        (core module $Text (memory (export "m") 1) (data (i32.const 32) "abc"))
        (core instance $text (instantiate $Text))
        (core func $run (canon lower (func $run) (memory (core memory $text "m"))))
        (core module $m (import "" "run" (func $run (param i32 i32) (result i32)))
          (func (export "run") (result i32) (call $run (i32.const 32) (i32.const 3))))
        (core instance $m (instantiate $m (with "" (instance (export "run" (func $run))))))
        (func (export "run") (result u32) (canon lift (core func $m "run"))))
      (instance $caller (instantiate $Caller (with "run" (func $run))))
      (export "run" (func $caller "run"))"""


def place_realloc_of_lower(across: bool) -> str:
    """Of a lower of another component's function, or of a function of the host's."""
    text = """(import "text" (func $text (result string)))"""
    if across:
        text = """(component $Writer
            (core module $Text (memory (export "m") 1) (data (i32.const 8) "\\20\\00\\00\\00\\03\\00\\00\\00")
              (data (i32.const 32) "abc") (func (export "give") (result i32) (i32.const 8)))
            (core instance $text (instantiate $Text))
            (func (export "text") (result string)
              (canon lift (core func $text "give") (memory (core memory $text "m")))))
          (instance $writer (instantiate $Writer))
          (alias export $writer "text" (func $text))"""
    return f"""(alias core export $k "f" (core func $f)) {text}
      (core func $text' (canon lower (func $text) (memory (core memory $memory "m")) (realloc $f)))
      (core module $User (import "" "text" (func $text (param i32))) (import "" "m" (memory 1))
        (func (export "run") (result i32) (call $text (i32.const 128))
          (i32.add (i32.mul (i32.const 1000) (i32.load (i32.const 132)))
            (i32.load8_u (i32.load (i32.const 128))))))
      (core instance $user (instantiate $User
        (with "" (instance (export "text" (func $text')) (export "m" (memory $memory "m"))))))
      (func (export "run") (result u32) (canon lift (core func $user "run")))"""


@cache
def component(s: Signature, kind: str, place: str) -> bytes:
    """*place* uses the core function as `f` of core instance `$k`."""
    k = f'(core instance $k (export "f" {KINDS[s][kind]}) (export "get" (func $get)))'
    return bytes(wat2wasm(f"(component {SURROUNDINGS} {k} {place})"))


@dataclass
class Told:
    """A host that tells what it was asked."""

    calls: list[tuple[str, Sequence[Value]]] = field(default_factory=list)

    def __call__(self, path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value | None:
        self.calls.append((path[0], list(args)))
        match path[0]:
            case "map":
                return int(str(args[0])) + 300
            case "give":
                return 500
            case "realloc":
                return 64
            case "text":
                return "abc"
            case _:
                return None


@dataclass(frozen=True)
class Seen:
    """What a call returned, and what each function that tells has told: numbers, two decimal digits each."""

    result: Value | None
    own: int = 0
    server: int = 0
    buried: int = 0
    host: tuple[tuple[str, Sequence[Value]], ...] = ()


def seen(engine: str, binary: bytes, call: str, *args: Value) -> Seen | TrapReason:
    host = Told()
    try:
        running = OPENED[engine].load(binary).instantiate(host)
        result = running.invoke(call, args)
        if isinstance(result, Handle):
            running.drop(result)
            result = None
        own, server, buried = (number(running, name) for name in ("own", "server", "buried"))
        return Seen(result, own, server, buried, tuple(host.calls))
    except Trap as trap:
        return trap.reason


def number(running: Running, name: str) -> int:
    return int(str(running.invoke(name, [])))


CALLED: dict[tuple[Signature, str], Seen] = {
    ("map", "own"): Seen(101, own=1),
    ("map", "adapter"): Seen(101, server=1),
    ("map", "host"): Seen(301, host=(("map", [1]),)),
    ("map", "new"): Seen(3),
    ("map", "rep"): Seen(41),
    ("take", "own"): Seen(0, own=1),
    ("take", "adapter"): Seen(0, server=1),
    ("take", "host"): Seen(0, host=(("take", [1]),)),
    ("take", "drop"): Seen(0, buried=41),
    ("take", "set"): Seen(1),
    ("give", "own"): Seen(300, own=9),
    ("give", "adapter"): Seen(300, server=9),
    ("give", "host"): Seen(500, host=(("give", []),)),
    ("give", "get"): Seen(0),
    ("realloc", "own"): Seen(64, own=1),
    ("realloc", "adapter"): Seen(64, server=1),
    ("realloc", "host"): Seen(64, host=(("realloc", [0, 0, 1, 1]),)),
}
"""What is to be seen of a call with 1."""

PLACES: dict[str, Callable[[Signature], str]] = {
    "import": place_import,
    "import of another component's module": place_import_of_anothers_module,
    "import of a module that went through another component": place_module_given_to_another,
    "exported again": place_exported_again,
    "element of its own table": lambda s: place_table(s, own=True),
    "element of another's table": lambda s: place_table(s, own=False),
    "start function": place_start,
}
ALL: list[tuple[Signature, str]] = list(CALLED)

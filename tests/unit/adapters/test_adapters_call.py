"""The order of one call: flags, checks, realloc, the callee, post-return.

CanonicalABI.md, "Embedding" (Store.lift), "Lifting and Lowering Values", "canon lift", "canon lower".
"""

from __future__ import annotations

import pytest
from adapters_harness import Running, World, as_bits, as_flat, core_type_of, func, function, memory

from fact.adapters import entered, everywhere
from fact.errors import LinkError
from fact.model.plan import FlagImport, Options
from fact.model.traps import TrapReason

MIXED = ("u8", "s16", "f64", "char", "s64", "bool", "f32", "u64", "s8", "u16", "s32", "u32")


def mixed(n: int) -> list[str]:
    return [MIXED[i % len(MIXED)] for i in range(n)]


def value(i: int) -> int:
    """Canonical as any of the types, and different for each position."""
    return 1 if MIXED[i % len(MIXED)] == "bool" else 33 + i


def natural_layout(types: list[str]) -> tuple[list[int], int]:
    """Offsets and end, each value at the next multiple of its own size."""
    sizes = {"bool": 1, "u8": 1, "s8": 1, "u16": 2, "s16": 2, "s64": 8, "u64": 8, "f64": 8}
    offsets, end = [], 0
    for t in types:
        size = sizes.get(t, 4)
        offsets.append((end + size - 1) // size * size)
        end = offsets[-1] + size
    return offsets, end


# -- fifteen, sixteen, seventeen parameters


@pytest.mark.parametrize("n", [0, 1, 15, 16])
def test_up_to_sixteen_parameters_travel_flat_and_in_order(n: int) -> None:
    """CanonicalABI.md, "Flattening": MAX_FLAT_PARAMS is 16."""
    world = World()
    app, greeter = world.component("app"), world.component("greeter")
    types = mixed(n)
    cores = [core_type_of(t) for t in types]
    stores = "".join(
        f"(i64.store offset={8 * i} (i32.const 0) {as_bits(core, f'(local.get {i})')})" for i, core in enumerate(cores)
    )
    params = f"(param {' '.join(cores)})"
    callee = world.core(greeter, f'(module (memory (export "memory") 1) (func (export "f") {params} {stores}))')
    labels = ", ".join(f"p{i}: {t}" for i, t in enumerate(types))
    f = world.lower(app, world.lift(greeter, function(callee, "f"), func(labels)))
    world.adapters(f)
    arguments = " ".join(as_flat(core, f"(i64.const {value(i)})") for i, core in enumerate(cores))
    world.core(app, f'(module (import "" "f" (func $f {params})) (func (export "go") (call $f {arguments})))', f)
    running = world.run()
    running.call(1, "go")
    received = running.read(0, 0, 8 * n)
    assert [int.from_bytes(received[8 * i:8 * i + 8], "little") for i in range(n)] == [value(i) for i in range(n)]


def spilling(realloc: str = "(i32.const 4096)", *, types: list[str] | None = None) -> World:
    """Seventeen parameters. Core instances: 0 the caller's, 1 the callee's; the callee keeps what it was given."""
    types = types or mixed(17)
    world = World()
    app, greeter = world.component("app"), world.component("greeter")
    caller = world.core(app, '(module (memory (export "memory") 1 10))')
    callee = world.core(greeter, f"""(module (memory (export "memory") 1 10)
        (global $asked (export "asked") (mut i32) (i32.const 0))
        (global $given (export "given") (mut i32) (i32.const -1))
        (func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32)
            (result i32)
            (global.set $asked (i32.add (i32.mul (local.get $align) (i32.const 1000)) (local.get $size)))
            (if (i32.or (local.get $old) (local.get $old_size)) (then (unreachable)))
            {realloc})
        (func (export "f") (param i32) (global.set $given (local.get 0))))""")
    options = Options(memory=memory(callee), realloc=function(callee, "realloc"))
    labels = ", ".join(f"p{i}: {t}" for i, t in enumerate(types))
    lifted = world.lift(greeter, function(callee, "f"), func(labels), options)
    world.adapters(world.lower(app, lifted, Options(memory=memory(caller))))
    return world


def get_global(running: Running, instance: int, name: str) -> int:
    return int(running.core[instance][name].value(running.store))


def write_mixed(running: Running, address: int) -> bytes:
    """Seventeen values at *address* of the caller's memory; gives their bytes, with zeros for padding."""
    offsets, end = natural_layout(mixed(17))
    area = bytearray(end)
    for i, offset in enumerate(offsets):
        area[offset] = value(i)
    running.write(0, address, bytes(area))
    return bytes(area)


def test_seventeen_parameters_travel_through_memory() -> None:
    """CanonicalABI.md, "Lifting and Lowering Values": a tuple, in memory of each side's own."""
    running = spilling().run()
    area = write_mixed(running, 512)
    running.call_adapter(0, 512)
    assert get_global(running, 1, "given") == 4096
    assert running.read(1, 4096, len(area)) == area
    size = (len(area) + 7) // 8 * 8
    assert get_global(running, 1, "asked") == 8000 + size


@pytest.mark.parametrize("pointer", [1, 2, 4, 7, 0xFFFFFFFF])
def test_a_misaligned_pointer_traps(pointer: int) -> None:
    running = spilling().run()
    assert running.trap(lambda: running.call_adapter(0, pointer)) == (TrapReason.POINTER_MISALIGNED, "params")


@pytest.mark.parametrize("past_the_last", [8, 65536, 0xFFFFFFF8])
def test_a_pointer_out_of_bounds_traps(past_the_last: int) -> None:
    """Also where pointer + size passes 2^32."""
    running = spilling().run()
    size = (natural_layout(mixed(17))[1] + 7) // 8 * 8
    running.call_adapter(0, 65536 - size)
    pointer = min(65536 - size + past_the_last, 0xFFFFFFF8)
    assert running.trap(lambda: running.call_adapter(0, pointer)) == (TrapReason.POINTER_OUT_OF_BOUNDS, "params")
    assert get_global(running, 1, "asked") == 8000 + size  # from the call that was in bounds


def test_a_pointer_is_checked_against_the_size_that_the_memory_has_now() -> None:
    running = spilling().run()
    running.core[0]["memory"].grow(running.store, 1)
    running.call_adapter(0, 65536)
    assert get_global(running, 1, "given") == 4096


def test_alignment_comes_before_bounds() -> None:
    running = spilling().run()
    assert running.trap(lambda: running.call_adapter(0, 0x10001)) == (TrapReason.POINTER_MISALIGNED, "params")


def test_bytes_need_no_alignment() -> None:
    running = spilling("(i32.const 4097)", types=["u8"] * 17).run()
    running.write(0, 65536 - 17, bytes(range(17)))
    running.call_adapter(0, 65536 - 17)
    assert running.read(1, 4097, 17) == bytes(range(17))


@pytest.mark.parametrize("pointer", [1, 4, 4100])
def test_a_misaligned_realloc_result_traps(pointer: int) -> None:
    running = spilling(f"(i32.const {pointer})").run()
    assert running.trap(lambda: running.call_adapter(0, 0)) == (TrapReason.REALLOC_MISALIGNED, "params")
    assert get_global(running, 1, "given") == -1


@pytest.mark.parametrize("pointer", [65536 - 8, 65536, -8])
def test_a_realloc_result_out_of_bounds_traps(pointer: int) -> None:
    running = spilling(f"(i32.const {pointer})").run()
    assert running.trap(lambda: running.call_adapter(0, 0)) == (TrapReason.REALLOC_OUT_OF_BOUNDS, "params")
    assert get_global(running, 1, "given") == -1


def test_realloc_may_grow_the_memory_that_its_result_is_checked_against() -> None:
    running = spilling("(drop (memory.grow (i32.const 2))) (i32.const 131072)").run()
    area = write_mixed(running, 0)
    running.call_adapter(0, 0)
    assert running.pages(1) == 3
    assert running.read(1, 131072, len(area)) == area


def test_every_parameter_is_lifted_before_realloc_runs() -> None:
    """CanonicalABI.md, "canon lift": the arguments are lifted by on_start, then lowered."""
    running = spilling().run()
    area = bytearray(write_mixed(running, 0))
    offsets, _ = natural_layout(mixed(17))
    char = offsets[MIXED.index("char") + len(MIXED)]  # the last parameter but one
    area[char:char + 4] = b"\x00\xd8\x00\x00"
    running.write(0, 0, bytes(area))
    last = f"param p{MIXED.index('char') + len(MIXED)}"
    assert running.trap(lambda: running.call_adapter(0, 0)) == (TrapReason.INVALID_CHAR, last)
    assert get_global(running, 1, "asked") == 0


def test_areas_may_overlap_in_one_memory() -> None:
    """A component that lowers a lift of its own: both areas in one memory, the second half a step further on."""
    world = World()
    app = world.component("app")
    core = world.core(app, """(module (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65))
        (func (export "f") (param i32)))""")
    types = ", ".join(f"p{i}: u8" for i in range(17))
    options = Options(memory=memory(core), realloc=function(core, "realloc"))
    lifted = world.lift(app, function(core, "f"), func(types), options)
    world.adapters(world.lower(app, lifted, Options(memory=memory(core))))
    running = world.run()
    running.write(0, 64, bytes(range(100, 117)))
    running.call_adapter(0, 64)
    assert running.read(0, 65, 17) == bytes(range(100, 117))


@pytest.mark.parametrize(("side", "option"), [("lift", "realloc"), ("lift", "memory"), ("lower", "memory")])
def test_a_missing_option_is_named(side: str, option: str) -> None:
    world = World()
    app, greeter = world.component("app"), world.component("greeter")
    given = {"memory": memory(0), "realloc": function(0, "realloc")}
    world.core(greeter, "(module)")
    sides = {"lift": dict(given), "lower": {"memory": memory(0)}}
    del sides[side][option]
    types = func(", ".join(f"p{i}: u8" for i in range(17)))
    lifted = world.lift(greeter, function(0, "f"), types, Options(**sides["lift"]), name="greet")  # type: ignore[arg-type]
    world.adapters(world.lower(app, lifted, Options(**sides["lower"]), name="lowered"))  # type: ignore[arg-type]
    with pytest.raises(LinkError, match=f"'{'greet' if side == 'lift' else 'lowered'}'.* {option}"):
        world.run()


# -- flags

FLAGS_SEEN = """
    (import "" "a.may_leave" (global $a.may_leave (mut i32))) (import "" "a.may_enter" (global $a.may_enter (mut i32)))
    (import "" "b.may_leave" (global $b.may_leave (mut i32))) (import "" "b.may_enter" (global $b.may_enter (mut i32)))
    (global $log (export "log") (mut i64) (i64.const 0))
    (func $note (param $who i32)
        (global.set $log (i64.add (i64.mul (global.get $log) (i64.const 100000)) (i64.extend_i32_u
            (i32.add (i32.mul (local.get $who) (i32.const 10000))
            (i32.add (i32.mul (global.get $a.may_leave) (i32.const 1000))
            (i32.add (i32.mul (global.get $a.may_enter) (i32.const 100))
            (i32.add (i32.mul (global.get $b.may_leave) (i32.const 10)) (global.get $b.may_enter)))))))))
"""


def flag_watcher(after: str = "") -> World:
    """A callee b whose realloc (1), callee (2) and post-return (3) note the flags of a and b as they find them:
    who, a.may_leave, a.may_enter, b.may_leave, b.may_enter, one decimal digit each."""
    world = World()
    a, b = world.component("a"), world.component("b")
    flags = [FlagImport(flag, instance) for instance in (a, b) for flag in ("may_leave", "may_enter")]
    callee = world.core(b, f"""(module {FLAGS_SEEN}
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $note (i32.const 1)) (i32.const 64))
        (func (export "f") (param i32) (result i32) (call $note (i32.const 2)) (i32.const 0x1234))
        (global $returned (export "returned") (mut i32) (i32.const 0))
        (func (export "post") (param i32) (call $note (i32.const 3)) (global.set $returned (local.get 0)) {after}))""",
        *flags)
    options = Options(
        memory=memory(callee), realloc=function(callee, "realloc"), post_return=function(callee, "post")
    )
    types = ", ".join(f"p{i}: u8" for i in range(17)) + " -> u8"
    f = world.lower(a, world.lift(b, function(callee, "f"), func(types), options), Options(memory=memory(callee)))
    world.adapters(f)
    return world


def test_flags_are_cleared_for_each_guest_function_and_set_again() -> None:
    """Realloc and post-return may not leave ("Lifting and Lowering Context", "canon lift"), the callee may; nobody
    may enter b meanwhile ("Component Instances")."""
    running = flag_watcher().run(guarded=entered, confined=everywhere)
    assert running.call_adapter(0, 0) == 0x34
    assert get_global(running, 0, "log") == 11100_21110_31100
    assert set(running.flags().values()) == {1}


def test_post_return_is_given_the_flat_result_as_the_callee_left_it() -> None:
    """CanonicalABI.md, "canon lift": flat_results, not the lifted value."""
    running = flag_watcher().run()
    running.call_adapter(0, 0)
    assert get_global(running, 0, "returned") == 0x1234


def test_post_return_comes_after_the_result_is_lifted() -> None:
    """An invalid result traps with post-return not run."""
    world = World()
    a, b = world.component("a"), world.component("b")
    callee = world.core(b, """(module (global $posted (export "posted") (mut i32) (i32.const 0))
        (func (export "f") (result i32) (i32.const 0xd800))
        (func (export "post") (param i32) (global.set $posted (i32.const 1))))""")
    options = Options(post_return=function(callee, "post"))
    world.adapters(world.lower(a, world.lift(b, function(callee, "f"), func("-> char"), options)))
    running = world.run()
    assert running.trap(lambda: running.call_adapter(0)) == (TrapReason.INVALID_CHAR, "result")
    assert get_global(running, 0, "posted") == 0


def test_post_return_of_a_function_without_result_takes_nothing() -> None:
    world = World()
    a, b = world.component("a"), world.component("b")
    callee = world.core(b, """(module (global $log (export "log") (mut i32) (i32.const 0))
        (func $note (param i32)
            (global.set $log (i32.add (i32.mul (global.get $log) (i32.const 10)) (local.get 0))))
        (func (export "f") (call $note (i32.const 1))) (func (export "post") (call $note (i32.const 2))))""")
    options = Options(post_return=function(callee, "post"))
    world.adapters(world.lower(a, world.lift(b, function(callee, "f"), func(""), options)))
    running = world.run()
    running.call_adapter(0)
    assert get_global(running, 0, "log") == 12


def hostile_char_call() -> World:
    """Everything about a call that can be wrong, is: the flags, once a test clears them, and the char."""
    world = World()
    a, b = world.component("a"), world.component("b")
    callee = world.core(b, '(module (func (export "f") (param i32) (unreachable)))')
    world.adapters(world.lower(a, world.lift(b, function(callee, "f"), func("c: char"))))
    return world


def test_leaving_is_checked_first_then_entering_then_values() -> None:
    """canon_lower tests may_leave; Store.lift tests may_enter; on_start lifts, inside canon_lift."""
    running = hostile_char_call().run(guarded=entered, confined=everywhere)
    running.set_flag("may_leave", 1, 0)
    running.set_flag("may_enter", 2, 0)

    def call() -> tuple[TrapReason, str | None]:
        return running.trap(lambda: running.call_adapter(0, 0xD800))

    assert call() == (TrapReason.CANNOT_LEAVE, None)
    running.set_flag("may_leave", 1, 1)
    assert call() == (TrapReason.CANNOT_ENTER, None)
    running.set_flag("may_enter", 2, 1)
    assert call() == (TrapReason.INVALID_CHAR, "param c")


@pytest.mark.parametrize("role", ["realloc", "post-return"])
def test_realloc_and_post_return_may_not_call_an_import(role: str) -> None:
    """CanonicalABI.md, "canon lower": trap_if(not may_leave)."""
    world = World()
    a, b, c = (world.component(name) for name in "abc")
    leaf = world.core(c, '(module (func (export "f")))')
    g = world.lower(b, world.lift(c, function(leaf, "f"), func(""), name="g"))
    world.adapters(g)
    leave = {role: "(call $g)"}
    middle = world.core(b, f"""(module (import "" "g" (func $g)) (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) {leave.get("realloc", "")} (i32.const 0))
        (func (export "f") (param i32) (call $g)) (func (export "post") {leave.get("post-return", "")}))""", g)
    options = Options(
        memory=memory(middle), realloc=function(middle, "realloc"), post_return=function(middle, "post")
    )
    types = func(", ".join(f"p{i}: u8" for i in range(17)))
    world.adapters(
        world.lower(a, world.lift(b, function(middle, "f"), types, options), Options(memory=memory(middle)))
    )
    running = world.run()
    assert running.trap(lambda: running.call_adapter(1, 0)) == (TrapReason.CANNOT_LEAVE, None)


# -- exceptions


def throwing(where: str) -> World:
    world = World()
    a, b = world.component("a"), world.component("b")

    def throw(place: str) -> str:
        return "(throw $oops)" if place == where else ""

    callee = world.core(b, f"""(module (tag $oops) (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) {throw("realloc")} (i32.const 64))
        (func (export "f") (param i32) (result i32) {throw("callee")} (i32.const 7))
        (func (export "post") (param i32) {throw("post-return")}))""")
    options = Options(
        memory=memory(callee), realloc=function(callee, "realloc"), post_return=function(callee, "post")
    )
    types = ", ".join(f"p{i}: u8" for i in range(17)) + " -> u8"
    world.adapters(
        world.lower(a, world.lift(b, function(callee, "f"), func(types), options), Options(memory=memory(callee)))
    )
    return world


@pytest.mark.parametrize("where", ["realloc", "callee", "post-return"])
def test_what_is_thrown_becomes_a_trap(where: str) -> None:
    """CanonicalABI.md, "canon lift": call_and_trap_on_throw."""
    running = throwing(where).run()
    assert running.trap(lambda: running.call_adapter(0, 0)) == (TrapReason.UNCAUGHT_EXCEPTION, None)


def test_a_component_that_could_throw_and_does_not() -> None:
    assert throwing("nowhere").run().call_adapter(0, 0) == 7


def test_nothing_is_caught_where_nothing_can_be_thrown() -> None:
    assert "try_table" in throwing("callee").run().compiled[0].wat
    assert "try_table" not in flag_watcher().run().compiled[0].wat

"""Resources at the host's boundary, on every engine alike: numbers of handles, what the host may do, every trap."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from handle_components import GUEST_OF_HOST, MEMORY, OPTIONS, STORE, Minter, clerk
from native_components import assemble, no_host

from fact.decode import decode_core_module
from fact.link import Environment
from fact.model.traps import Trap, TrapReason
from fact.model.values import BadHandle, Case, Handle, Value
from fuzz.engines.base import Engine, Refusal, Running
from fuzz.engines.isolated import IsolatedEngine
from fuzz.engines.limits import Limits
from fuzz.engines.native import NativeEngine
from fuzz.engines.registry import ENGINES, open_engines

OPENED = {engine.info.name: engine for engine in open_engines()}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return OPENED[request.param]


@pytest.fixture
def shop(engine: Engine) -> Running:
    return engine.load(assemble(STORE)).instantiate(no_host)


def reason(function: str, running: Running, *args: Value) -> TrapReason:
    with pytest.raises(Trap) as caught:
        running.invoke(function, args)
    return caught.value.reason


# -- handles that the host is given


def test_handles_are_numbered_in_the_order_of_lifting(shop: Running) -> None:
    assert shop.invoke("shop#make", [5]) == Handle(1)
    packed = (Handle(2), (Handle(3), Handle(4)), Case("some", Handle(5)))
    assert shop.invoke("shop#pack", [70]) == packed
    assert shop.invoke("shop#print", [1]) == Handle(6)
    assert [shop.invoke("shop#price", [Handle(n)]) for n in (1, 2, 3, 4)] == [5, 70, 71, 72]


def test_a_handle_that_comes_back_has_another_number(shop: Running) -> None:
    for price in (10, 20, 30):
        shop.invoke("shop#make", [price])
    assert shop.invoke("shop#reverse", [(Handle(1), Handle(2), Handle(3))]) == (Handle(4), Handle(5), Handle(6))
    assert [shop.invoke("shop#price", [Handle(n)]) for n in (4, 5, 6)] == [30, 20, 10]


def test_instances_count_for_themselves(engine: Engine) -> None:
    loaded = engine.load(assemble(STORE))
    one, other = loaded.instantiate(no_host), loaded.instantiate(no_host)
    assert [one.invoke("shop#make", [price]) for price in (1, 2)] == [Handle(1), Handle(2)]
    assert other.invoke("shop#make", [3]) == Handle(1)
    assert other.invoke("shop#price", [Handle(1)]) == 3
    assert one.invoke("shop#price", [Handle(2)]) == 2


def test_a_borrowed_handle_stays_the_hosts_and_an_owned_one_does_not(shop: Running) -> None:
    shop.invoke("shop#make", [7])
    assert shop.invoke("shop#price", [Handle(1)]) == shop.invoke("shop#price", [Handle(1)]) == 7
    assert shop.invoke("shop#buy", [Handle(1)]) == 7
    with pytest.raises(BadHandle, match="#1"):
        shop.invoke("shop#price", [Handle(1)])
    assert shop.invoke("shop#gone", []) == 7


@pytest.mark.parametrize(("function", "args", "error"), [
    ("price", [Handle(4)], BadHandle), ("price", [Handle(0)], BadHandle), ("price", [Handle(2**32 - 1)], BadHandle),
    ("price", [Handle(3)], BadHandle), ("buy", [Handle(3)], BadHandle),
    ("both", [Handle(1), Handle(1)], BadHandle), ("both", [Handle(1), Handle(9)], BadHandle),
    ("reverse", [(Handle(1), Handle(1))], BadHandle), ("reverse", [(Handle(1), Handle(2), Handle(3))], BadHandle),
    ("reverse", [(Handle(2), 7)], ValueError), ("price", [1], ValueError), ("price", [], ValueError),
])
def test_what_the_host_does_not_hold_is_bad_usage_and_changes_nothing(
    function: str, args: list[Value], error: type[Exception], shop: Running
) -> None:
    """A handle that was never given, one of another type, one that is passed twice, or lent and passed on; and what is
    no value of the type at all."""
    shop.invoke("shop#make", [7])
    shop.invoke("shop#make", [8])
    shop.invoke("shop#print", [9])
    with pytest.raises(error):
        shop.invoke(f"shop#{function}", args)
    assert shop.invoke("shop#reverse", [(Handle(1), Handle(2))]) == (Handle(4), Handle(5))
    assert shop.invoke("shop#both", [Handle(4), Handle(5)]) == 1


A, B, C, D = map(Handle, (1, 2, 3, 4))


@pytest.mark.parametrize(("type", "values"), [
    ("(own $r)", (B, A)),
    ("(list (own $r))", ((A, B), (), (C,))),
    ("(tuple u8 (own $r) (tuple (own $r) string))", ((1, A, (B, "é")), (2, C, (D, "")))),
    ("(option (own $r))", (Case("none"), Case("some", C), Case("some", A))),
    ("(result (own $r) (error string))", (Case("ok", A), Case("error", "no"), Case("ok", B))),
    ("(result u64 (error (own $r)))", (Case("error", D), Case("ok", 2**63))),
    ("$record", ((A, (C, B)), (D, ()))),
    ("$variant", (Case("one", B), Case("none"), Case("pair", (A, C)), Case("text", "x"))),
    ("(list (option (list (own $r))))", ((Case("some", (A, B)), Case("none")), (Case("some", ()),))),
    ("(map string (own $r))", ((("a", A), ("b", B)), (), (("a", C),))),
])
def test_handles_pass_inside_of_every_type(type: str, values: tuple[Value, ...], engine: Engine) -> None:
    """A guest that gives back the list it was given, whatever is in it: each handle gets the next number."""
    running = engine.load(assemble(f"""(component {MEMORY}
      (type $r' (resource (rep i32))) (export $r "r" (type $r'))
      (type $record' (record (field "of" (own $r)) (field "more" (list (own $r)))))
      (export $record "record" (type $record'))
      (type $variant' (variant (case "none") (case "one" (own $r)) (case "text" string)
        (case "pair" (tuple (own $r) (own $r)))))
      (export $variant "variant" (type $variant'))
      (core func $new (canon resource.new $r))
      (core module $M (import "" "m" (memory 1))
        (func (export "echo") (param i32 i32) (result i32)
          (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16)))
      (core instance $m (instantiate $M (with "" (instance (export "m" (memory $memory "m"))))))
      (type $list (list {type}))
      (func (export "make") (param "rep" u32) (result (own $r)) (canon lift (core func $new)))
      (func (export "echo") (param "x" $list) (result $list) (canon lift (core func $m "echo") {OPTIONS})))"""
    )).instantiate(no_host)
    for rep in range(4):
        running.invoke("make", [rep])
    fresh = iter(range(5, 99))
    assert running.invoke("echo", [values]) == renumbered(values, fresh)
    with pytest.raises(BadHandle):
        running.invoke("echo", [values])


def renumbered(value: Value, numbers: Iterator[int]) -> Value:
    match value:
        case Handle():
            return Handle(next(numbers))
        case tuple():
            return tuple([renumbered(part, numbers) for part in value])
        case Case(label, payload) if payload is not None:
            return Case(label, renumbered(payload, numbers))
    return value


# -- dropping


def test_the_host_drops_what_it_holds(shop: Running) -> None:
    """canon resource.drop: the destructor runs; a resource without one is just gone."""
    shop.invoke("shop#pack", [10])
    shop.drop(Handle(2))
    assert shop.invoke("shop#gone", []) == 11
    shop.drop(Handle(4))
    shop.drop(Handle(1))
    assert shop.invoke("shop#gone", []) == 21
    for gone in (1, 2, 4, 5, 0):
        with pytest.raises(BadHandle, match=f"#{gone}"):
            shop.drop(Handle(gone))
    assert shop.invoke("shop#price", [Handle(3)]) == 12


def test_a_destructor_that_traps_ends_the_instance(shop: Running) -> None:
    shop.invoke("shop#make", [666])
    shop.invoke("shop#make", [1])
    with pytest.raises(Trap) as caught:
        shop.drop(Handle(1))
    assert caught.value.reason is TrapReason.UNREACHABLE
    assert reason("shop#gone", shop) is TrapReason.CANNOT_ENTER
    assert reason("shop#price", shop, Handle(2)) is TrapReason.CANNOT_ENTER
    for handle in (1, 2, 3):
        with pytest.raises(Trap) as after:
            shop.drop(Handle(handle))
        assert after.value.reason is TrapReason.CANNOT_ENTER


# -- traps of guests


@pytest.mark.parametrize(("body", "expected"), [
    ("(call $drop (local.get 0)) (i32.const 5)", 5),
    ("(call $price (local.get 0)) (call $drop (local.get 0))", 6),
    ("(i32.const 5)", TrapReason.BORROWS_LEFT),
    ("(call $drop (local.get 0)) (call $drop (local.get 0)) (i32.const 5)", TrapReason.UNKNOWN_HANDLE),
    ("(call $drop (i32.const 0)) (i32.const 5)", TrapReason.UNKNOWN_HANDLE),
    ("(call $drop (i32.const -1)) (i32.const 5)", TrapReason.UNKNOWN_HANDLE),
    ("(call $drop-stamp (local.get 0)) (i32.const 5)", TrapReason.WRONG_RESOURCE_TYPE),
    ("(call $price (i32.const 9))", TrapReason.UNKNOWN_HANDLE),
    ("(call $buy (i32.const 9))", TrapReason.UNKNOWN_HANDLE),
    ("(call $price (call $print (i32.const 3)))", TrapReason.WRONG_RESOURCE_TYPE),
    ("(call $buy (call $print (i32.const 3)))", TrapReason.WRONG_RESOURCE_TYPE),
    ("(call $buy (local.get 0))", TrapReason.HANDLE_NOT_OWNED),
    ("(call $both (local.get 0) (global.get $kept))", TrapReason.BORROWS_LEFT),
    ("(call $both (global.get $kept) (global.get $kept))", TrapReason.HANDLE_LENT),
    ("(drop (call $buy (global.get $kept))) (call $buy (global.get $kept))", TrapReason.UNKNOWN_HANDLE),
])
def test_every_trap_about_handles_has_its_reason(body: str, expected: TrapReason | int, engine: Engine) -> None:
    """CanonicalABI.md: Table State; Loading, lift_own and lift_borrow; canon resource.drop; Tasks, return_."""
    running = engine.load(assemble(clerk(body))).instantiate(no_host)
    for price in (5, 6):
        running.invoke("shop#make", [price])
    running.invoke("clerk#keep", [Handle(1)])
    if isinstance(expected, int):
        assert running.invoke("clerk#do", [Handle(2)]) == expected
        running.drop(Handle(2))
    else:
        assert reason("clerk#do", running, Handle(2)) is expected


@pytest.mark.parametrize(("body", "expected"), [
    ("(local.get 0)", None),
    ("(i32.const 99)", TrapReason.UNKNOWN_HANDLE),
    ("(call $print (i32.const 1))", TrapReason.WRONG_RESOURCE_TYPE),
])
def test_a_result_that_is_no_such_handle(body: str, expected: TrapReason | None, engine: Engine) -> None:
    """CanonicalABI.md, Loading: lift_own, of a result that goes to the host."""
    text = clerk(body, type='(param "x" (own $item)) (result (own $item))')
    running = engine.load(assemble(text)).instantiate(no_host)
    running.invoke("shop#make", [5])
    if expected is None:
        assert running.invoke("clerk#do", [Handle(1)]) == Handle(2)
    else:
        assert reason("clerk#do", running, Handle(1)) is expected


# -- resources of the host's


def test_the_number_of_the_hosts_own_resource_is_its_representation(engine: Engine) -> None:
    host = Minter()
    running = engine.load(assemble(GUEST_OF_HOST)).instantiate(host)
    assert running.invoke("do-mint", [0]) == Handle(0)
    assert running.invoke("do-mint", [2**32 - 1]) == Handle(2**32 - 1)
    assert running.invoke("do-weigh", [Handle(2**32 - 1)]) == 2**32 - 1
    assert running.invoke("do-sort", [(Handle(9), Handle(4), Handle(4))]) == (Handle(4), Handle(4), Handle(9))
    assert running.invoke("do-trade", [Handle(7)]) == Handle(7)
    assert [asked for asked, _ in host.asked] == ["mint", "mint", "weigh", "sort", "trade"]


def test_the_host_is_told_of_the_end_of_its_resources(engine: Engine) -> None:
    host = Minter()
    running = engine.load(assemble(GUEST_OF_HOST)).instantiate(host)
    running.invoke("do-drop", [Handle(41)])
    running.invoke("do-weigh", [Handle(42)])
    assert host.asked == [("drop r", 41), ("weigh", Handle(42))]
    assert reason("do-drop-as-s", running, Handle(1)) is TrapReason.WRONG_RESOURCE_TYPE


def test_a_host_that_does_not_want_to_know_of_it(engine: Engine) -> None:
    running = engine.load(assemble(GUEST_OF_HOST)).instantiate(no_host)
    assert running.invoke("do-drop", [Handle(41)]) is None


def test_the_host_may_trap_when_its_resource_ends(engine: Engine) -> None:
    class Sad(Minter):
        def drop(self, path: tuple[str, ...], number: int) -> None:
            raise Trap(TrapReason.HOST)

    running = engine.load(assemble(GUEST_OF_HOST)).instantiate(Sad())
    assert reason("do-drop", running, Handle(1)) is TrapReason.HOST
    assert reason("do-mint", running, 1) is TrapReason.CANNOT_ENTER


@pytest.mark.parametrize("number", [-1, 2**32])
def test_a_representation_has_32_bits(number: int, engine: Engine) -> None:
    running = engine.load(assemble(GUEST_OF_HOST)).instantiate(Minter())
    with pytest.raises(ValueError):
        running.invoke("do-drop", [Handle(number)])
    assert running.invoke("do-mint", [5]) == Handle(5)


# -- what the root imports beside functions and resources


SAME = Environment(same_resource={("s",): ("r",)})


def test_a_resource_that_is_imported_under_two_names(engine: Engine) -> None:
    host = Minter()
    running = engine.load(assemble(GUEST_OF_HOST), SAME).instantiate(host)
    assert running.invoke("do-trade", [Handle(3)]) == Handle(3)
    running.invoke("do-drop", [Handle(3)])
    assert host.asked == [("trade", Handle(3)), ("drop r", 3)]


IMPORTS_MODULE = assemble("""(component
  (import "m" (core module $M (export "f" (func (result i32)))))
  (core instance $m (instantiate $M))
  (func (export "f") (result u32) (canon lift (core func $m "f"))))""")
SEVEN = decode_core_module(assemble('(module (func (export "f") (result i32) (i32.const 7)))'))


def test_a_module_of_the_environments(engine: Engine) -> None:
    loaded = engine.load(IMPORTS_MODULE, Environment(modules={("m",): SEVEN}))
    assert loaded.instantiate(no_host).invoke("f", []) == 7
    with pytest.raises(Refusal, match=r"import '?m'?\b") as refused:
        engine.load(IMPORTS_MODULE).instantiate(no_host)
    assert refused.value.kind == ("unlinkable" if engine.info.name == "native" else "unsupported")


@pytest.mark.parametrize("wanted", [
    '(export "absent" (func))', '(export "mem" (memory 2))', '(export "glo" (global (mut i32)))',
    '(export "tab" (table 1 funcref))', '(export "tag" (tag (param i32)))',
])
def test_a_module_of_another_type(wanted: str, engine: Engine) -> None:
    """Explainer.md, "Type Checking": the module has to have the type that it is imported with."""
    given = decode_core_module(assemble("""(module (memory (export "mem") 1) (table (export "tab") 1 externref)
        (global (export "glo") (mut i64) (i64.const 0)) (tag (export "tag") (param i64)))"""))
    binary = assemble(f"""(component
        (import "m" (core module $M {wanted}))
        (core instance $m (instantiate $M))
        (core module $N {wanted.replace("export", 'import ""')})
        (core instance (instantiate $N (with "" (instance $m)))))""")
    with pytest.raises(Refusal) as refused:
        engine.load(binary, Environment(modules={("m",): given})).instantiate(no_host)
    assert refused.value.kind == "unlinkable"


# -- an engine in a process of its own


@pytest.fixture
def isolated() -> Iterator[IsolatedEngine]:
    engine = IsolatedEngine(NativeEngine, Limits(seconds=20))
    yield engine
    engine._child.close()


def test_handles_drops_and_the_environment_go_through_processes(isolated: IsolatedEngine) -> None:
    host = Minter()
    running = isolated.load(assemble(GUEST_OF_HOST), SAME).instantiate(host)
    assert running.invoke("do-sort", [(Handle(2), Handle(1))]) == (Handle(1), Handle(2))
    running.invoke("do-drop", [Handle(41)])
    assert host.asked == [("sort", (Handle(2), Handle(1))), ("drop r", 41)]
    shop = isolated.load(assemble(STORE)).instantiate(no_host)
    assert shop.invoke("shop#make", [5]) == Handle(1)
    shop.drop(Handle(1))
    assert shop.invoke("shop#gone", []) == 5
    with pytest.raises(BadHandle, match="#1"):
        shop.drop(Handle(1))
    loaded = isolated.load(IMPORTS_MODULE, Environment(modules={("m",): SEVEN}))
    assert loaded.instantiate(no_host).invoke("f", []) == 7


# -- memory


def test_a_store_is_freed_with_handles_in_the_hosts_hands() -> None:
    gc.collect()
    gc.disable()
    try:
        running = NativeEngine().load(assemble(STORE)).instantiate(no_host)
        running.invoke("shop#pack", [5])
        running.invoke("shop#price", [Handle(1)])
        store = weakref.ref(running._store)
        del running
        assert store() is None
    finally:
        gc.enable()

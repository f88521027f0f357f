"""What a script's components are given for their imports: whether it fits, and what it does when they run."""

from __future__ import annotations

from pathlib import Path

import pytest
import wasmtime

from fact.decode import decode
from fact.errors import Unsupported
from fact.link import link
from fact.model.plan import ExportedInstance, ExportedModule
from fact.model.syntax import Sort
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType, Own, Prim
from fact.model.values import Handle
from fuzz.engines.base import Refusal
from fuzz.engines.reference import ReferenceEngine
from fuzz.validate import validate
from fuzz.wast import Event, ScriptHost, load_script, run_commands
from fuzz.wast.enclosing import HostItem, Linked, enclosing
from fuzz.wast.expected import OtherOutcome, check_refusal, is_not_provided
from fuzz.wast.links import imports_of, misfit
from fuzz.wast.scope import Absent, NotSupported, Scope, environment_of
from fuzz.wast.spectest import HOST_ITEMS, HOST_MODULES, HOST_TYPES, Spectest


def component(text: str) -> bytes:
    return bytes(wasmtime.wat2wasm(f"(component {text})"))


EXPORTER = component("""
  (core module $M (func (export "f") (param i32) (result i32) (local.get 0)))
  (core instance $m (instantiate $M))
  (type $R (resource (rep i32)))
  (export $r "r" (type $R))
  (core func $new (canon resource.new $R))
  (func (export "make") (param "v" u32) (result (own $r)) (canon lift (core func $new)))
  (func (export "f") (param "v" u8) (result u8) (canon lift (core func $m "f")))
  (export "m" (core module $M))""")


def test_the_imports_of_a_component_are_those_of_the_outermost() -> None:
    binary = component("""(import "f" (func)) (component (import "inner" (func)))
      (type $i (instance (export "x" (func)))) (import "ns:p/i@1.0.0" (instance (type $i)))""")
    assert [(i.name, i.type.sort) for i in imports_of(binary)] == [("f", Sort.FUNC), ("ns:p/i@1.0.0", Sort.INSTANCE)]
    assert imports_of(component("")) == ()


def test_an_import_of_a_value_is_named() -> None:
    """Binary.md: externdesc 0x02."""
    binary = component("")[:8] + bytes([10, 6, 1, 0, 1, ord("v"), 2, 1])
    with pytest.raises(Unsupported, match="value"):
        imports_of(binary)


def test_the_host_of_scripts_has_what_it_says() -> None:
    """The component of its types exports what imports are given, and the functions and modules it has to serve."""
    binary = bytes(wasmtime.wat2wasm(HOST_TYPES))
    validate(binary)
    plan = link(decode(binary))
    assert {name for name, _ in plan.exports} == HOST_ITEMS.keys()
    assert plan.function_exports().keys() == {"#".join(path) for path in Spectest().functions()}
    host = next(item for name, item in plan.exports if name == "host")
    assert isinstance(host, ExportedInstance)
    assert {("host", name) for name, item in host.exports if isinstance(item, ExportedModule)} == HOST_MODULES.keys()
    imports = """(import "host-echo-u32" (func (param "v" u32) (result u32)))
      (import "host-return-two" (func (result u32))) (import "host" (instance))"""
    wanted = tuple((name, HostItem(name, sort)) for name, sort in HOST_ITEMS.items())
    validate(enclosing(Linked(component(imports), wanted), binary))


def linked(text: str, *names: str) -> Linked:
    given = Linked(EXPORTER)
    return Linked(component(text), tuple((name, given) for name in names))


@pytest.mark.parametrize("text", [
    '(import "i" (instance))',
    '(import "i" (instance (export "f" (func (param "v" u8) (result u8)))))',
    '(import "i" (instance (export "m" (core module))))',
    '(import "i" (instance (export "r" (type (sub resource)))))',
    '(import "i" (instance $i (export "r" (type $r (sub resource))) '
    '(export "make" (func (param "v" u32) (result (own $r))))))',
    '(import "i" (instance $i (export "r" (type (sub resource))))) (alias export $i "r" (type $r)) '
    '(import "j" (instance (export "r" (type (eq $r)))))',
])
def test_what_fits(text: str) -> None:
    """Explainer.md, Type Checking; the same instance under two names has one resource type."""
    assert misfit(linked(text, *(("i", "j") if '"j"' in text else ("i",)))) == ""


@pytest.mark.parametrize(("text", "wrong"), [
    ('(import "i" (func))', "expected func, found instance"),
    ('(import "i" (instance (export "g" (func))))', "missing expected export `g`"),
    ('(import "i" (instance (export "f" (func (param "v" u8) (result u16)))))', "expected primitive `u16`"),
    ('(import "i" (instance (export "f" (func (param "w" u8) (result u8)))))', "expected parameter named `w`"),
    ('(import "i" (instance (export "m" (core module (export "g" (func))))))', "missing expected export `g`"),
    ('(import "i" (instance (export "m" (type (sub resource)))))', "expected type, found module"),
    ('(import "i" (instance (type $t u8) (export "t" (type (eq $t)))))', "missing expected export `t`"),
    ('(import "k" (func))', "missing import named `k`"),
])
def test_what_does_not_fit(text: str, wrong: str) -> None:
    """Of an instance everything must be there, labels and types that say what they are included."""
    assert wrong in misfit(linked(text, "i") if '"i"' in text else linked(text))


def test_two_instances_of_one_component_have_two_resource_types() -> None:
    """Explainer.md, Type Checking: resource types are generative."""
    text = """(import "i" (instance $i (export "r" (type (sub resource))))) (alias export $i "r" (type $r))
      (import "j" (instance (export "r" (type (eq $r)))))"""
    two = Linked(component(text), (("i", Linked(EXPORTER)), ("j", Linked(EXPORTER))))
    assert "resource types are not the same" in misfit(two)


def test_labels_of_the_hosts_functions_may_differ_from_component_to_component() -> None:
    """And what does not fit besides is told, where one label does for all."""
    echo = HostItem("host-echo-u32", Sort.FUNC)

    def importing(label: str, result: str, *more: tuple[str, Linked]) -> Linked:
        text = f'(import "host-echo-u32" (func (param "{label}" u32) (result {result})))'
        return Linked(component(text + "".join(f'(import "{name}" (instance))' for name, _ in more)),
                      (("host-echo-u32", echo), *more))

    one = importing("one", "u32")
    assert misfit(one) == ""
    assert misfit(importing("one", "u32", ("i", one))) == ""
    assert misfit(importing("two", "u32", ("i", one))) == ""
    assert "expected primitive `u8`" in misfit(importing("two", "u8"))


def test_the_environment_has_the_modules_of_the_host_and_of_instances() -> None:
    host = HostItem("host", Sort.INSTANCE)
    found = environment_of(Linked(component(""), (("host", host), ("i", Linked(EXPORTER)))))
    assert set(found.modules) == {("host", "simple-module"), ("i", "m")}
    assert [e.name for e in found.modules["host", "simple-module"].exports] == ["f", "g"]
    assert dict(found.same_resource) == {("host", "resource1-again"): ("host", "resource1")}
    assert environment_of(Linked(EXPORTER)).modules == {}


def test_a_scope_knows_what_is_lacking() -> None:
    scope = Scope(ScriptHost())
    scope.lack("gone", Absent(7))
    with pytest.raises(NotSupported, match="depends on line 7") as caught:
        scope.link(component('(import "gone" (instance))'))
    assert caught.value.depends_on == 7
    with pytest.raises(Refusal, match="missing import named `never`") as refused:
        scope.link(component('(import "never" (func))'))
    assert is_not_provided(refused.value)


@pytest.mark.parametrize(("text", "message", "fits"), [
    ("was not found", "missing import named `x` (at offset 1)", True),
    ("was not found", "expected func, found instance", False),
    ("expected module found instance", "type mismatch for import `i`\nexpected module, found instance", True),
    ("expected function found instance", "expected func, found instance", True),
    ("expected function found instance", "expected module, found instance", False),
    ("expected resource found func", "expected type, found func", True),
    ("mismatched resource types", "resource types are not the same (1 vs. 2)", True),
    ("module export `a` not defined", "missing expected export `a`", True),
    ("module export `a` not defined", "missing expected export `ab`", False),
    ("module import `env::x` not defined", "missing expected import `env::x`", True),
    ("module import `::` has the wrong type", "type mismatch in import `::`", True),
    ("expected type `(func (param i32))`, found type `(func)`", "expected: (func (param i32))\nfound:    (func)", True),
    ("expected type `(func (param i32))`, found type `(func)`", "expected: (func)\nfound:    (func)", False),
])
def test_refusals_against_expected_texts(text: str, message: str, fits: bool) -> None:
    if fits:
        assert check_refusal(text, message) == ""
    else:
        with pytest.raises(OtherOutcome):
            check_refusal(text, message)


def test_a_text_that_stands_for_nothing_known_is_a_remark() -> None:
    assert "cannot be told" in check_refusal("something else", "missing import named `x`")


# -- the host while a script runs


ANY = FuncType((), None)


def test_the_host_s_resources_are_counted_when_they_die() -> None:
    host = ScriptHost()
    make, own = ("host", "[constructor]resource1"), Handle(100)
    assert host(make, FuncType((("r", Prim.U32),), Own(0)), [100]) == own
    assert host(("host", "[static]resource1.drops"), ANY, []) == 0
    host.drop(("host", "resource1"), 100)
    host.drop(("host", "resource1-again"), 7)
    host.drop(("host", "resource2"), 9)
    assert host(("host", "[static]resource1.drops"), ANY, []) == 2
    assert host(("host", "[static]resource1.last-drop"), ANY, []) == 7
    assert host(("host", "[static]resource1.assert"), ANY, [own, 100]) is None
    with pytest.raises(Trap) as caught:
        host(("host", "[method]resource1.simple"), ANY, [own, 101])
    assert caught.value.reason is TrapReason.HOST


def events(folder: Path, text: str) -> list[Event]:
    path = folder / "script.wast"
    path.write_text(text)
    return list(run_commands(load_script(path), ReferenceEngine()))


SOURCE = """
  (core module $Dtor
    (global $last (mut i32) (i32.const 0))
    (func (export "dtor") (param i32) (global.set $last (local.get 0)))
    (func (export "last") (result i32) (global.get $last)))
  (core instance $dtor (instantiate $Dtor))
  (type $R (resource (rep i32) (dtor (core func $dtor "dtor"))))
  (export $r "r" (type $R))
  (core func $new (canon resource.new $R))
  (func (export "make") (param "v" u32) (result (own $r)) (canon lift (core func $new)))
  (func (export "last") (result u32) (canon lift (core func $dtor "last")))"""

USER = """
  (import "NAME" (instance $s
    (export "r" (type $r (sub resource)))
    (export "make" (func (param "v" u32) (result (own $r))))))
  (alias export $s "r" (type $r))
  (core func $make (canon lower (func $s "make")))
  (core func $drop (canon resource.drop $r))
  (func (export "make") (param "v" u32) (result u32) (canon lift (core func $make)))
  (func (export "drop") (param "i" u32) (canon lift (core func $drop)))"""


@pytest.mark.parametrize("name", ["source", "another"])
def test_a_resource_of_another_instance_dies_there(tmp_path: Path, name: str) -> None:
    """By the name that an instance has in the script, and by that under which it is registered."""
    register = "" if name == "source" else '(register "another" $source)'
    found = events(tmp_path, f"""
(component $source {SOURCE})
{register}
(component $user {USER.replace("NAME", name)})
(assert_return (invoke $user "make" (u32.const 70)) (u32.const 1))
(assert_return (invoke $user "make" (u32.const 80)) (u32.const 2))
(assert_return (invoke $user "drop" (u32.const 2)))
(assert_return (invoke $source "last") (u32.const 80))
(assert_return (invoke $user "drop" (u32.const 1)))
(assert_return (invoke $source "last") (u32.const 70))""")
    assert [e for e in found if e.verdict != "passed" or e.why] == []


def test_a_definition_sees_the_instances_of_when_it_is_instantiated(tmp_path: Path) -> None:
    text = """
(component definition $User
  (import "m" (instance $i (export "m" (core module $m (export "f" (func (result i32)))))))
  (alias export $i "m" (core module $M))
  (core instance $m (instantiate $M))
  (func (export "f") (result u32) (canon lift (core func $m "f"))))
(component instance $u $User)
(component $m (core module (export "m") (func (export "f") (result i32) (i32.const 1))))
(component instance $u $User)
(assert_return (invoke "f") (u32.const 1))
(component $m (core module (export "m") (func (export "f") (result i32) (i32.const 2))))
(component instance $u $User)
(assert_return (invoke "f") (u32.const 2))"""
    assert [e.verdict for e in events(tmp_path, text)] == ["passed", "unsupported", *["passed"] * 6]


def test_an_import_of_what_is_not_supported_depends_on_its_line(tmp_path: Path) -> None:
    found = events(tmp_path, """(component $a (import "x" (func async)))
(component (import "a" (instance)))
(component definition $B (import "a" (instance)))
(assert_unlinkable (component (import "a" (func))) "was not found")""")
    assert [(e.verdict, e.depends_on) for e in found] == [
        ("unsupported", None), ("unsupported", 1), ("passed", None), ("unsupported", 1)]

"""Code and instances that are passed on: what hand-made blueprints of each form amount to, as text and when they run.

Explainer.md: Instance Definitions, Alias Definitions, Import and Export Definitions.
"""

from __future__ import annotations

import pytest
from wasmtime import wat2wasm

from fact.model.types import Prim
from fuzz.engines.base import Engine
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine
from fuzz.observe import Program, observe
from fuzz.outcome import Outcome, Returned
from generators.blueprint import (
    Blueprint,
    Bundle,
    Call,
    Child,
    Code,
    Definition,
    Export,
    Function,
    Guest,
    GuestImport,
    Import,
    Ref,
    Signature,
    Step,
    from_json,
    in_text,
    to_json,
)
from generators.components import component_text, render
from generators.operands import CallResult, Const, Mix, Param
from generators.wiring import called, wire

ENGINES: tuple[Engine, ...] = (ReferenceEngine(), CompiledEngine(), NativeEngine())

U32 = Signature((Prim.U32,), Prim.U32)
ECHO = Guest((), (Function(U32, (), Param(0)),))
SEVEN = Guest((), (Function(U32, (), Const(Prim.U32, 7)),))
FORWARD = Guest((GuestImport(Ref("import", 0), U32),), (Function(U32, (Step(0, (Param(0),)),), CallResult(0)),))
F0 = Ref("item", 0, ("f0",))


def leaf(home: int, guest: Guest = ECHO, *imports: Import) -> Definition:
    return Definition(home, imports, (guest,), (Export("f0", F0),))


def library(home: int | None, *codes: Code) -> Definition:
    return Definition(home, exports=tuple(Export(f"c{n}", in_text(code)) for n, code in enumerate(codes)))


def outcomes(blueprint: Blueprint) -> list[Outcome]:
    """Of the calls; every engine's are the same."""
    assert from_json(to_json(blueprint)) == blueprint
    rendered = render(blueprint)
    program = Program(bytes(wat2wasm(rendered.text)), rendered.calls, rendered.log_prefixes, rendered.host)
    first, *others = (observe(engine, program) for engine in ENGINES)
    assert all(o.outcomes() == first.outcomes() for o in others)
    assert all(
        [c.digests for c in o.calls] == [c.digests for c in first.calls] for o in others
    ), "the guests saw the same"
    return list(first.outcomes())


RECEIVER = Definition(
    2, (Import("component0", code=Code(0)),), (Child(0, (), Ref("import", 0)),), (Export("f0", F0),),
)
"""Imports definition 0, makes an instance of it and exports that instance's function."""


def test_a_component_is_imported_and_instantiated() -> None:
    root = Definition(None, (), (Child(1, (Ref("component", 0),)),), (Export("f0", F0),))
    blueprint = Blueprint((leaf(2), RECEIVER, root), calls=(Call("f0", (9,)),))
    text = component_text(blueprint)
    assert '(import "component0" (component $import0 (export "f0" (func (param "p0" u32) (result u32)))' in text
    assert '(with "component0" (component $D0))' in text
    assert outcomes(blueprint) == [Returned(9)]


def test_a_receiver_is_given_two_components() -> None:
    """Each instance of it makes an instance of the component that it was given, whatever the other one was."""
    receiver = Definition(3, RECEIVER.imports, RECEIVER.items, RECEIVER.exports)
    items = (Child(1, (Ref("component", 0),)), Child(1, (Ref("component", 2),)))
    root = Definition(None, (), items, (Export("f0", F0), Export("f1", Ref("item", 1, ("f0",)))))
    blueprint = Blueprint((leaf(3), receiver, leaf(3, SEVEN), root), calls=(Call("f0", (9,)), Call("f1", (9,))))
    assert [n.place and n.place.definition for n in called(blueprint, wire(blueprint))] == [0, 2]
    assert outcomes(blueprint) == [Returned(9), Returned(7)]


def test_a_component_comes_from_an_instance_of_another() -> None:
    """The library holds it, exports it, and never makes an instance of it."""
    root = Definition(
        None, (), (Child(1), Child(0, (), Ref("item", 0, ("c0",)))), (Export("f0", Ref("item", 1, ("f0",))),)
    )
    blueprint = Blueprint((leaf(1), library(2, Code(0)), root), calls=(Call("f0", (3,)),))
    text = component_text(blueprint)
    assert '(export "c0" (component $D0))' in text
    assert '(alias export $i0 "c0" (component $i1.component))' in text
    assert outcomes(blueprint) == [Returned(3)]


def test_code_comes_in_an_instance_that_is_imported() -> None:
    """One instance of inline exports has a component in it, and the core module of the guest that imports it."""
    names = (("component", Code(0)), ("module", Code(1, 1)))
    guest = Guest(
        (GuestImport(Ref("item", 0, ("f0",)), U32),),
        (Function(U32, (Step(0, (Param(0),)),), Mix(Param(0), CallResult(0))),),
        module=Ref("import", 0, ("module",)),
    )
    receiver = Definition(
        2, (Import("lib0", library=names),), (Child(0, (), Ref("import", 0, ("component",))), guest),
        (Export("f0", Ref("item", 1, ("f0",))),),
    )
    bundle = Bundle((("component", Ref("component", 0)), ("module", Ref("module", 1, ("1",)))))
    root = Definition(None, (), (bundle, Child(1, (Ref("item", 0),))), (Export("f0", Ref("item", 1, ("f0",))),))
    blueprint = Blueprint((leaf(2, SEVEN), receiver, root), calls=(Call("f0", (3,)),))
    assert '(alias export $import0 "module" (core module $i1.module))' in component_text(blueprint)
    (outcome,) = outcomes(blueprint)
    assert isinstance(outcome, Returned)


@pytest.mark.parametrize("memory", ["own", "imported"])
@pytest.mark.parametrize("lowering", ["direct", "indirect"])
def test_a_core_module_is_imported_through_two_components(memory: str, lowering: str) -> None:
    """Its type has every import and export that the guest needs of it: memory, realloc, log, lowered functions."""
    text = Signature((Prim.STRING,), Prim.STRING)
    host = leaf(3, Guest((), (Function(text, (), Param(0), encoding="utf16"),)))
    guest = Guest(
        (GuestImport(Ref("import", 0), text),), (Function(text, (Step(0, (Param(0),)),), CallResult(0), True),),
        lowering=lowering, memory="imported" if lowering == "direct" else memory,  # type: ignore[arg-type]
        module=Ref("import", 1),
    )
    module = Import("module1", code=Code(1, 0))
    inner = Definition(2, (Import("in0", text), module), (guest,), (Export("f0", F0),))
    outer = Definition(
        3, (Import("in0", text), module), (Child(1, (Ref("import", 0), Ref("import", 1))),), (Export("f0", F0),),
    )
    root = Definition(
        None, (), (Child(0), Child(2, (F0, Ref("module", 1, ("0",))))), (Export("f0", Ref("item", 1, ("f0",))),)
    )
    blueprint = Blueprint((host, inner, outer, root), calls=(Call("f0", ("né😀",)),))
    assert outcomes(blueprint) == [Returned("né😀")]


def test_a_module_is_defined_around_all_who_pass_it_on() -> None:
    """In the library, while only that takes it from the text; in the root once the root exports it as well."""
    passed = Import("module0", code=Code(1, 0))
    user = Definition(2, (passed,), (Guest((), ECHO.functions, module=Ref("import", 0)),), (Export("f0", F0),))
    items = (Child(0), Child(1, (Ref("item", 0, ("c0",)),)))
    exports = (Export("f0", Ref("item", 1, ("f0",))),)
    blueprint = Blueprint((library(2, Code(1, 0)), user, Definition(None, (), items, exports)),
                          calls=(Call("f0", (5,)),))
    assert component_text(blueprint).index("(component $D0") < component_text(blueprint).index("(core module $guest")
    assert outcomes(blueprint) == [Returned(5)]
    root = Definition(None, (), items, (*exports, Export("code", Ref("module", 1, ("0",)))))
    both = Blueprint((*blueprint.definitions[:2], root), calls=blueprint.calls)
    assert component_text(both).index("(core module $guest") < component_text(both).index("(component $D0")
    assert outcomes(both) == [Returned(5)]


def test_a_component_that_is_passed_imports_what_whoever_instantiates_it_has() -> None:
    """Its type repeats its imports, an instance with an instance in it among them; the receiver gives the arguments."""
    wanted = Import("fuzz:dep/api@1.2.0", None, (("inner#f", U32), ("g", U32)))
    guest = Guest(
        (GuestImport(Ref("import", 0, ("inner", "f")), U32), GuestImport(Ref("import", 0, ("g",)), U32)),
        (Function(U32, (Step(0, (Param(0),)), Step(1, (CallResult(0),))), CallResult(1)),),
    )
    receiver = Definition(
        4, (Import("component0", code=Code(0)), Import("one", U32), Import("two", U32)),
        (Bundle((("f", Ref("import", 1)),)), Bundle((("inner", Ref("item", 0)), ("g", Ref("import", 2)))),
         Child(0, (Ref("item", 1),), Ref("import", 0))),
        (Export("i0", Ref("item", 2)),),
    )
    items = (Child(2), Child(3), Child(1, (Ref("component", 0), F0, Ref("item", 1, ("f0",)))))
    root = Definition(None, (), items, (Export("f0", Ref("item", 2, ("i0", "f0"))),))
    definitions = (leaf(4, guest, wanted), receiver, leaf(4), leaf(4, SEVEN), root)
    blueprint = Blueprint(definitions, calls=(Call("f0", (1,)),))
    assert '(import "fuzz:dep/api@1.2.0" (instance (export "inner" (instance (export "f" (func' in (
        component_text(blueprint).replace("\n", "")
    )
    assert outcomes(blueprint) == [Returned(7)]


def test_a_virtual_instance_hands_on_one_function_and_changes_another() -> None:
    """Between a provider of two functions and who uses them stands a component that exports what it imports."""
    two = Definition(3, (), (Guest((), (*ECHO.functions, *ECHO.functions)),),
                     (Export("f0", F0), Export("f1", Ref("item", 0, ("f1",)))))
    api = Import("fuzz:api/api", None, (("f0", U32), ("f1", U32)))
    between = Definition(
        3, (api,), (SEVEN, Bundle((("f0", Ref("import", 0, ("f0",))), ("f1", F0)))), (Export(api.name, Ref("item", 1)),)
    )
    use = Guest(
        tuple(GuestImport(Ref("import", 0, (name,)), U32) for name in ("f0", "f1")),
        tuple(Function(U32, (Step(n, (Param(0),)),), CallResult(0)) for n in (0, 1)),
    )
    user = Definition(3, (api,), (use,), (Export("f0", F0), Export("f1", Ref("item", 0, ("f1",)))))
    items = (Child(0), Child(1, (Ref("item", 0),)), Child(2, (Ref("item", 1, (api.name,)),)))
    root = Definition(None, (), items, (Export("i0", Ref("item", 2)),))
    blueprint = Blueprint((two, between, user, root), calls=(Call("i0#f0", (9,)), Call("i0#f1", (9,))))
    assert outcomes(blueprint) == [Returned(9), Returned(7)]

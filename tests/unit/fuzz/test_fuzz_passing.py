"""Reductions of what only passes things on: they take the form away and nothing else."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from wasmtime import wat2wasm

from fact.model.types import Prim
from fuzz.minimise.bypass import bypasses
from fuzz.minimise.passing import code_from_the_text, plainer_names, types_in_place, unnested, unpacked
from fuzz.validate import validate
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
)
from generators.components import component_text
from generators.operands import CallResult, Const, Param
from generators.rewriting.cut import Cut, without

U32 = Signature((Prim.U32,), Prim.U32)
ECHO = Guest((), (Function(U32, (), Param(0)),))
SEVEN = Guest((), (Function(U32, (), Const(Prim.U32, 7)),))
F0 = Ref("item", 0, ("f0",))
EXPORTED = (Export("f0", F0),)


def leaf(home: int, guest: Guest = ECHO, *imports: Import) -> Definition:
    return Definition(home, imports, (guest,), EXPORTED)


def valid(blueprint: Blueprint) -> Blueprint:
    validate(bytes(wat2wasm(component_text(blueprint))))
    return blueprint


def given_a_component() -> Blueprint:
    """Definition 1 imports definition 0 or, the second time, definition 2."""
    receiver = Definition(3, (Import("component0", code=Code(0)),), (Child(0, (), Ref("import", 0)),), EXPORTED)
    items = (Child(1, (Ref("component", 0),)), Child(1, (Ref("component", 2),)))
    root = Definition(None, (), items, (*EXPORTED, Export("f1", Ref("item", 1, ("f0",)))))
    return Blueprint((leaf(3), receiver, leaf(3, SEVEN), root), calls=(Call("f0", (9,)), Call("f1", (9,))))


def given_a_module() -> Blueprint:
    """Definition 1's core module stands in definition 0, a library."""
    imported = Import("module0", code=Code(1, 0))
    user = Definition(2, (imported,), (replace(ECHO, module=Ref("import", 0)),), EXPORTED)
    library = Definition(2, exports=(Export("module", Ref("module", 1, ("0",))),))
    items = (Child(0), Child(1, (Ref("item", 0, ("module",)),)))
    root = Definition(None, (), items, (Export("f0", Ref("item", 1, ("f0",))),))
    return Blueprint((library, user, root), calls=(Call("f0", (9,)),))


def packed() -> Blueprint:
    """Definition 0 stands in definition 1, a library, and takes its core module from the root."""
    library = Definition(2, exports=(Export("component", Ref("component", 0)),))
    items = (Child(1), Child(0, (), Ref("item", 0, ("component",))))
    root = Definition(None, (), items, (Export("f0", Ref("item", 1, ("f0",))),))
    return Blueprint((leaf(1, replace(ECHO, levels=2)), library, root), calls=(Call("f0", (9,)),))


def nested(name: str = "dep0") -> Blueprint:
    """The root's first instance, inside another one, is what definition 1 imports."""
    forward = Guest(
        (GuestImport(Ref("import", 0, ("inner", "f0")), U32),), (Function(U32, (Step(0, (Param(0),)),), CallResult(0)),)
    )
    user = leaf(2, forward, Import(name, None, (("inner#f0", U32),), levels=1))
    items = (Child(0), Bundle((("inner", Ref("item", 0)),)), Child(1, (Ref("item", 1),)))
    root = Definition(None, (), items, (Export("f0", Ref("item", 2, ("f0",))),))
    return Blueprint((leaf(2), user, root), calls=(Call("f0", (9,)),))


@pytest.mark.parametrize("blueprint", [given_a_component(), given_a_module(), packed(), nested("fuzz:dep0/api@1.2.0")])
def test_the_examples_are_valid(blueprint: Blueprint) -> None:
    valid(blueprint)


def test_a_given_component_comes_from_the_text() -> None:
    found = [valid(b) for b in code_from_the_text(given_a_component()) if b != given_a_component()]
    assert [b.definitions[1].items for b in found if b.definitions[1] != given_a_component().definitions[1]] == [
        (Child(0),)
    ]


def test_the_second_component_becomes_the_first() -> None:
    found = [b.definitions[3].items[1] for b in code_from_the_text(given_a_component())]
    assert Child(1, (Ref("component", 0),)) in found


def test_without_the_import_of_a_component_its_own_text_is_used_and_the_other_one_goes() -> None:
    left = valid(without(given_a_component(), Cut(imports={(1, 0)})))
    assert [d.items for d in left.definitions] == [(ECHO,), (Child(0),), (Child(1), Child(1))]
    assert left.calls == given_a_component().calls


def test_without_a_function_neither_component_has_it() -> None:
    """What is passed as one component has to have the exports of the other."""
    left = valid(without(given_a_component(), Cut(functions={(2, 0, 0)})))
    assert not any(definition.exports for definition in left.definitions)
    assert not left.calls


def test_a_given_module_becomes_a_local_one_and_nobody_passes_it_on() -> None:
    (local,) = code_from_the_text(given_a_module())
    left = valid(without(valid(local), Cut(imports={(1, 0)})))
    assert [d.items for d in left.definitions] == [(), (ECHO,), (Child(0), Child(1))]
    left = valid(without(left, Cut(items={(2, 0)})))
    assert [d.items for d in left.definitions] == [(ECHO,), (Child(0),)]
    assert left.calls == given_a_module().calls


def test_what_an_instance_hands_on_is_taken_from_the_text() -> None:
    (left,) = bypasses(given_a_module())
    assert [d.items for d in valid(left).definitions][-1] == (Child(0, (Ref("module", 0, ("0",)),)),)


def test_a_library_is_unpacked_and_what_its_contents_refer_to_is_one_level_nearer() -> None:
    (left,) = unpacked(packed())
    assert left.definitions[0] == Definition(2, items=(replace(ECHO, levels=1),), exports=EXPORTED)
    assert valid(left).definitions[2].items == (Child(1), Child(0))


def test_an_instance_in_an_instance_is_passed_alone() -> None:
    (left,) = unnested(nested())
    assert valid(left).definitions[1].imports == (Import("dep0", None, (("f0", U32),), levels=1),)
    assert left.definitions[2].items[2] == Child(1, (Ref("item", 1, ("inner",)),))
    assert [len(d.items) for b in bypasses(left) for d in valid(b).definitions][-1] == 2


def test_types_are_defined_where_they_are_imported() -> None:
    assert "(type $D1.import0 (instance" in component_text(nested())
    (left,) = types_in_place(nested())
    assert "(type $D1.import0" not in component_text(valid(left))


def test_interfaces_get_plain_names_everywhere() -> None:
    (left,) = plainer_names(nested("fuzz:dep0/api@1.2.0"))
    assert left == nested()


def test_without_the_guest_of_the_other_component_the_first_is_passed_twice() -> None:
    """A component that has lost a guest has lost its log, which the declared type exports."""
    left = valid(without(given_a_component(), Cut(items={(2, 0)})))
    assert left.definitions[-1].items == (Child(1, (Ref("component", 0),)), Child(1, (Ref("component", 0),)))
    assert len(left.definitions) == 3

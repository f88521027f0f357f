"""Simpler types: images, paths and whole blueprints stay true to the types they belong to."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from wasmtime import wat2wasm

from fact.model.types import Prim
from fact.model.values import check_value
from fuzz.engines.reference import ReferenceEngine
from fuzz.minimise.bypass import bypasses
from fuzz.minimise.images import plainer, some
from fuzz.minimise.simpler import simpler_types, substituted
from fuzz.minimise.substitute import Substitution, in_image, in_path, in_type, substitutions
from fuzz.observe import Program, observe
from fuzz.outcome import Returned
from generators import blueprints, render, to_json
from generators.axes import Axes
from generators.blueprint import (
    Blueprint,
    Bundle,
    Call,
    Child,
    Definition,
    Export,
    Function,
    Guest,
    Import,
    Ref,
    Relift,
    Signature,
)
from generators.damage import damageable
from generators.hostile_choices import RESULT, Damaged, Place
from generators.operands import Const
from generators.stream import CaseStream
from generators.valtypes import (
    EnumOf,
    FlagsOf,
    Image,
    ListOf,
    MapOf,
    OptionOf,
    RecordOf,
    ResultOf,
    TupleOf,
    Type,
    VariantOf,
    model_type,
    walk,
)
from generators.values import made_image, value

WHOLE = RecordOf((
    ListOf(VariantOf((None, Prim.STRING, FlagsOf(9), TupleOf((Prim.U8, Prim.CHAR))))), MapOf(Prim.STRING, Prim.S16),
    EnumOf(5), ResultOf(Prim.BOOL, OptionOf(Prim.CHAR)), ListOf(RecordOf((Prim.U8, Prim.S64)), 3),
    ResultOf(None, Prim.U8), TupleOf((Prim.STRING, Prim.S16)),
))
EVERY: list[Substitution] = [s for t in dict.fromkeys(walk(WHOLE)) if not isinstance(t, Prim) for s in substitutions(t)]


@pytest.mark.parametrize("s", EVERY, ids=[f"{s.old} to {s.new}"[:60] for s in EVERY])
def test_substituted_images_are_of_the_substituted_type(s: Substitution) -> None:
    for number in (0, 1, 5_555, 98_765):
        image = in_image(WHOLE, made_image(WHOLE, number), s)
        t = in_type(WHOLE, s)
        check_value(model_type(t), value(t, image))


def test_a_path_still_leads_to_the_same_part() -> None:
    """What a path led to is there still, or the path is gone, or it was changed itself."""
    image = made_image(WHOLE, 98_765)
    followed = 0
    for s in EVERY:
        t, changed = in_type(WHOLE, s), in_image(WHOLE, image, s)
        new = {path: (part, inside) for path, part, inside in damageable(t, changed)}
        for path, part, inside in damageable(WHOLE, image):
            where = in_path(WHOLE, image, path, s)
            if where in new and s.old not in walk(part) and new[where][0] == part:
                assert new[where][1] == inside, f"{path} became {where}"
                followed += 1
    assert followed > 100


@pytest.mark.parametrize("t", [WHOLE, Prim.STRING, ListOf(Prim.U8), VariantOf((Prim.U32, Prim.STRING)), EnumOf(300)],
                         ids=["whole", "string", "list", "variant", "enum"])
def test_plainer_images_are_of_the_type_and_come_to_an_end(t: Type) -> None:
    image, steps = made_image(t, 9), 0
    while candidates := list(plainer(t, image)):
        plain = candidates[len(candidates) // 2]
        check_value(model_type(t), value(t, plain))
        assert plain != image
        image, steps = plain, steps + 1
        assert steps < 600
    check_value(model_type(t), value(t, some(t)))


def test_simpler_blueprints_still_run() -> None:
    nothing_fails = Axes(frozenset({("program", "failure")}))
    stream = CaseStream(blueprints(hostile=False, reentrance=False, max_components=2, axes=nothing_fails), 8)
    engine, ran = ReferenceEngine(), 0
    for number in range(12):
        for n, simpler in enumerate(simpler_types(stream(number))):
            if n % 6 == 0:
                rendered = render(simpler)
                program = Program(bytes(wat2wasm(rendered.text)), rendered.calls, rendered.log_prefixes, rendered.host)
                outcomes = observe(engine, program).outcomes()
                assert {type(o) for o in outcomes} <= {Returned} or any("trap" in to_json(simpler) for _ in outcomes)
                ran += 1
    assert ran > 10


def test_damage_stays_on_the_part_that_it_is_done_to() -> None:
    t = RecordOf((Prim.U32, OptionOf(Prim.CHAR)))
    image = (7, (1, 0x61))
    guest = Guest(functions=(Function(Signature((), t), returns=Const(t, image)),))
    definition = Definition(items=(guest,), exports=(Export("f0", Ref("item", 0, ("f0",))),))
    damaged = Damaged(Place(0, 0, 0), RESULT, 0, image, (1, 0), "bits", 0xD800)
    blueprint = Blueprint((definition,), calls=(Call("f0"),), hostile=(damaged,))
    results = {}
    for s in [s for u in walk(t) if not isinstance(u, Prim) for s in substitutions(u)]:
        (simpler,) = substituted(blueprint, s).hostile or (None,)
        assert simpler is None or isinstance(simpler, Damaged)
        results[in_type(t, s)] = None if simpler is None else (simpler.image, simpler.path)
    assert results[OptionOf(Prim.CHAR)] == ((1, 0x61), (0,))
    assert results[RecordOf((OptionOf(Prim.CHAR),))] == (((1, 0x61),), (0, 0))
    assert results[RecordOf((Prim.U32, Prim.CHAR))] == ((7, 0x61), (1,))
    assert results[Prim.U32] is None


def test_damage_goes_with_the_part_that_it_was_done_to() -> None:
    """The character is in a case that is not at hand any more, or is the payload of another case than the one that is
    put in the whole one's place."""
    t = VariantOf((Prim.U8, Prim.CHAR))
    image: Image = (1, 0x61)
    guest = Guest(functions=(Function(Signature((), t), returns=Const(t, image)),))
    definition = Definition(items=(guest,), exports=(Export("f0", Ref("item", 0, ("f0",))),))
    damaged = Damaged(Place(0, 0, 0), RESULT, 0, image, (0,), "bits", 0xD800)
    blueprint = Blueprint((definition,), calls=(Call("f0"),), hostile=(damaged,))
    left = {s.new: substituted(blueprint, s).hostile for s in substitutions(t)}
    assert left == {
        Prim.U32: (), Prim.U8: (), Prim.CHAR: (replace(damaged, image=0x61, path=()),), VariantOf((Prim.U8,)): (),
        VariantOf((Prim.CHAR,)): (replace(damaged, image=(0, 0x61)),),
    }


def test_what_only_hands_on_is_bypassed() -> None:
    signature = Signature((Prim.U32,), Prim.U32)
    through = Definition(1, (Import("in0", signature),), (), (Export("g", Ref("import", 0)),))
    guest = Guest(functions=(Function(signature, returns=Const(Prim.U32, 5)),))
    items = (
        guest, Child(0, (Ref("item", 0, ("f0",)),)), Bundle((("b", Ref("item", 1, ("g",))),)),
        Relift(Ref("item", 2, ("b",)), signature),
    )
    root = Definition(None, (), items, (Export("f0", Ref("item", 3)),))
    blueprint = Blueprint((through, root), calls=(Call("f0", (1,)),))
    for _ in range(3):
        blueprint = next(bypasses(blueprint))
    assert blueprint.definitions == (Definition(items=(guest,), exports=(Export("f0", Ref("item", 0, ("f0",))),)),)
    assert not list(bypasses(blueprint))

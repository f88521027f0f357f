"""What hunts for faults about handles draw from: all that is about handles, parts of it, and two shapes of calls."""

from __future__ import annotations

from faulty_focus import Focus
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from generators.blueprint import Signature
from generators.handles import Definition, Function, HandleBlueprint, HostDrop, Instance, Noting, Resource, Run, Source
from generators.handles_cases import handle_blueprints
from generators.handles_script import RECEIVED, Drop, Fill, Hook, Invoke, Look, New, Op, Reg, Rep, Store, operations
from generators.valtypes import BorrowOf, ListOf, OwnOf, TupleOf


def native_agrees_on_handles(blueprint: HandleBlueprint) -> bool:
    scripts = [call.script for call in blueprint.calls if not isinstance(call, HostDrop)]
    hooks = [op.where for script in scripts for op in operations(script) if isinstance(op, Hook)]
    if blueprint.parent or blueprint.groups or not set(hooks) <= {"destructor"}:
        return False
    numbers = range(len(blueprint.instances))
    known = [[blueprint.resource(i, t) for t in range(blueprint.definition(i).types)] for i in numbers]
    return all(len(set(types)) == len(types) for types in known)


_KEPT = Reg(RECEIVED)
_MADE, _OTHERS = 0, 1
"""Types, as all of `holding` know them."""


@st.composite
def holding(draw: st.DrawFn) -> HandleBlueprint:
    """An owner of two resource types, a keeper to whom handles are lent, and a caller of both, which carries out a few
    operations on a few handles, often one of the other type or one that is gone."""
    owner = Definition(0, (), (Resource(True), Resource(draw(st.booleans()))), tuple(
        Function(signature, returns) for signature, returns in (
            (Signature((), OwnOf(_MADE)), 0), (Signature((), OwnOf(_OTHERS)), 0),
            (Signature((), TupleOf((OwnOf(_MADE), OwnOf(_MADE)))), (0, 1)),
            (Signature((OwnOf(_MADE),)), 0), (Signature((BorrowOf(_MADE),)), 0),
            (Signature((BorrowOf(_MADE), BorrowOf(_MADE))), 0), (Signature((BorrowOf(_MADE), OwnOf(_MADE))), 0),
            (Signature((ListOf(OwnOf(_MADE)),)), 0),
        )
    ))
    passing = slice(3, 5)
    keeper = Definition(2, owner.exports[passing], (), (Function(Signature((BorrowOf(_MADE),))),))
    caller = Definition(2, (*owner.exports, *keeper.exports))
    types = (Source(0, _MADE), Source(0, _OTHERS))
    functions = tuple(Source(0, n) for n in range(len(owner.functions)))
    script = (Invoke(0), Invoke(0, to=1), Invoke(1, to=2), *draw(_by_the_caller()))
    instances = (Instance(0), Instance(1, types, functions[passing]), Instance(2, types, (*functions, Source(1, 0))))
    return HandleBlueprint((owner, keeper, caller), instances, (Run(2, script),))


def _by_the_caller() -> SearchStrategy[tuple[Op, ...]]:
    """Drops two and makes two; or lends one, perhaps twice, and passes it on; or lends one to the keeper; or a few
    operations that need not go together."""
    handle = st.sampled_from((Reg(0), Reg(1), Reg(2), Reg(3)))
    kinds = st.sampled_from((_MADE, _OTHERS))
    one = st.one_of(
        st.builds(Drop, kinds, handle),
        st.builds(Invoke, st.sampled_from((0, 1, 2)), script=_by_the_owner(), to=st.integers(0, 3)),
        st.builds(Invoke, st.sampled_from((3, 4)), st.just((0,)), st.tuples(handle), _by_the_owner()),
        st.builds(Invoke, st.sampled_from((5, 6)), st.just((0, 1)), st.tuples(handle, handle), _by_the_owner()),
        st.builds(Invoke, st.just(7), st.just(((0, 1),)), st.tuples(handle, handle), _by_the_owner()),
        st.builds(Invoke, st.just(8), st.just((0,)), st.tuples(handle), _by_the_keeper()),
    )
    first = Reg(0)
    several: tuple[tuple[Op, ...], ...] = (
        (Drop(_MADE, Reg(0)), Drop(_MADE, Reg(1)), Invoke(0), Invoke(0, to=1)), (Invoke(6, (0, 1), (first, first)),),
        (Invoke(4, (0,), (first,)), Invoke(3, (0,), (first,))),
        (Invoke(5, (0, 1), (first, first)), Invoke(3, (0,), (first,))),
        (Invoke(7, ((0, 1),), (Reg(0), Reg(1)), (Rep(_MADE, _KEPT),)),),
        (Invoke(0, script=(New(_OTHERS, 7, 0), Rep(_MADE, Reg(0)))),),
        (Invoke(0, script=(New(_MADE, 7, 0), Fill(_MADE, 40, 8, 1), Rep(_MADE, Reg(0)))),),
    )
    kept = st.builds(Invoke, st.just(8), st.just((0,)), st.just((first,)), _by_the_keeper())
    return st.one_of(
        st.sampled_from(several), st.tuples(kept), st.lists(one, min_size=1, max_size=3).map(tuple),
    )


def _by_the_owner() -> SearchStrategy[tuple[Op, ...]]:
    """Nothing; with new handles of its own; or with what it has been given."""
    return st.sampled_from((
        (), (), (New(_MADE, 7, 0), Rep(_MADE, Reg(0)), Drop(_MADE, Reg(0))),
        (New(_OTHERS, 7, 0), Rep(_MADE, Reg(0))), (Rep(_MADE, _KEPT), Drop(_MADE, _KEPT)), (Fill(_MADE, 40, 7, 0),),
        (New(_MADE, 7, 0), Fill(_MADE, 40, 8, 1), Rep(_MADE, Reg(0))),
    ))


def _by_the_keeper() -> SearchStrategy[tuple[Op, ...]]:
    """Drops what it has been lent, as it must; or not, or twice; or lends it or passes it on first."""
    drop = Drop(_MADE, _KEPT)
    lend, pass_on = (Invoke(n, (0,), (_KEPT,)) for n in (1, 0))
    return st.sampled_from(((drop,), (drop, drop), (lend, drop), (pass_on, drop), ()))


@st.composite
def called_back(draw: st.DrawFn) -> HandleBlueprint:
    """A parent lends to its child, which calls it; meanwhile the parent does something with what it holds: a handle of
    its own type, which is lent, and one of its child's."""
    ops: tuple[tuple[Op, ...], ...] = (
        (Drop(1, Reg(0)),), (Drop(0, Reg(1)),), (Rep(1, Reg(0)),), (New(1, 3, 2), Drop(1, Reg(2))),
    )
    parent = Definition(
        1, (Signature((), OwnOf(0)), Signature((BorrowOf(1),))), (Resource(),), (Function(Signature(())),)
    )
    child = Definition(
        1, (Signature(()),), (Resource(draw(st.booleans())),),
        (Function(Signature((), OwnOf(1)), 0), Function(Signature((BorrowOf(0),)))),
    )
    script = (
        New(1, 7, 0), Invoke(0, to=1),
        Invoke(1, (0,), (Reg(0),), (Invoke(0, script=draw(st.sampled_from(ops))), Drop(0, Reg(RECEIVED))), 3),
    )
    return HandleBlueprint(
        (parent, child),
        (Instance(0, (Source(1, 1),), (Source(1, 0), Source(1, 1))), Instance(1, (Source(0, 1),), (Source(0, 0),))),
        (Run(0, script),), parent=True,
    )


@st.composite
def come_back(draw: st.DrawFn) -> HandleBlueprint:
    """A parent calls its child, which calls it; each stores something, in one order or another, and looks."""
    def look_and_store(value: int) -> tuple[Op, ...]:
        return draw(st.sampled_from(((Look(), Store(value), Look()), (Look(), Store(value)), (Store(value), Look()))))

    back = Invoke(0, script=look_and_store(3))
    there = Invoke(0, script=(*look_and_store(2), back, Look()))
    signature = Signature(())
    definition = Definition(0, (signature,), (), (Function(signature, post_return=draw(st.booleans())),))
    return HandleBlueprint(
        (definition, definition), (Instance(0, (), (Source(1, 0),)), Instance(1, (), (Source(0, 0),))),
        (Run(0, (*look_and_store(1), there, Look())),), parent=True,
    )


@st.composite
def destroyed_next_door(draw: st.DrawFn) -> HandleBlueprint:
    """One of two resource types has its destructor in the instance next door. Handles of both are dropped."""
    noting, own, without = Resource(Noting()), Resource(True), Resource(False)
    implementer = Definition(0, (), draw(st.sampled_from(((own, noting), (noting, own), (without, noting)))))
    script = tuple(op for t in range(2) for op in (New(t, 7 + t, t), Drop(t, Reg(t))))
    return HandleBlueprint((Definition(), implementer), (Instance(0), Instance(1, noted=0)), (Run(1, script),))


HANDLES = Focus(
    "handles", handle_blueprints(host=False),
    "not every case is about handles; what the host does takes a call of its own, which no reduction joins",
)
HOLDING = Focus(
    "holding", holding(), "an owner, a keeper and a caller, and few handles, so that they meet in most ways",
)
CALLED_BACK = Focus(
    "called back", called_back(),
    "a parent drops what it has lent, or what its child implements, while its child calls it",
)
COMING_BACK = Focus(
    "coming back", come_back(), "two threads of one instance that both have something stored",
)
DESTROYED_NEXT_DOOR = Focus(
    "destroyed next door", destroyed_next_door(), "a destructor that is an adapter, beside one that is not",
)
HANDLES_WHERE_NATIVE_AGREES = Focus(
    "handles where native agrees", handle_blueprints(host=False).filter(native_agrees_on_handles),
    "wasmtime lets post-returns leave, lowers before all is lifted, tests re-entrance through a parent in its own way, "
    "and tells apart two names of one resource type",
    native=True,
)

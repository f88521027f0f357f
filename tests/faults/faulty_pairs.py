"""The smallest cases there are: a guest passes a constant to another, which gives it back.

For faults that need a certain type or text and nothing else: the full generators come to each of them, among thousands
of others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec.structs import replace

from fact.model.types import Prim
from generators.blueprint import (
    Answer,
    Blueprint,
    Call,
    Child,
    Definition,
    Encoding,
    Export,
    Failure,
    Function,
    Guest,
    GuestImport,
    HostFunction,
    Import,
    Ref,
    Signature,
    Step,
)
from generators.hostile_choices import Damaged, Place, ReallocResult
from generators.layout import Pointer
from generators.operands import Const, Param
from generators.valtypes import Image, ListOf, RecordOf, TupleOf, Type
from generators.values import nth_image

ENCODINGS: tuple[Encoding, ...] = ("utf8", "utf16", "latin1+utf16")

Drawn = tuple[tuple[Type, Image], ...]
"""Arguments: types and images."""


@st.composite
def passing(draw: st.DrawFn, arguments: SearchStrategy[Drawn], addresses: tuple[Pointer, ...] = ("i32",)) -> Blueprint:
    """What *arguments* gives, as parameters; the callee returns the last one. Both have memories of *addresses*."""
    drawn = draw(arguments)
    signature = Signature(tuple(t for t, _ in drawn), drawn[-1][0])
    return draw(_called(drawn, Function(signature, (), Param(len(drawn) - 1)), addresses))


@st.composite
def taking(draw: st.DrawFn, arguments: SearchStrategy[Drawn]) -> Blueprint:
    """What *arguments* gives, as parameters; the callee returns nothing."""
    drawn = draw(arguments)
    return draw(_called(drawn, Function(Signature(tuple(t for t, _ in drawn))), ("i32",)))


@st.composite
def _called(
    draw: st.DrawFn, arguments: Drawn, function: Function, addresses: tuple[Pointer, ...]
) -> Blueprint:
    signature = function.signature
    here, there = draw(st.sampled_from(ENCODINGS)), draw(st.sampled_from(ENCODINGS))
    function = replace(function, post_return=draw(st.booleans()), encoding=there, options=True)
    callee = Guest(
        (), (function,), memory64=draw(st.sampled_from(addresses)) == "i64",
        allocator=draw(st.sampled_from(("moves", "grows", "in place"))),
    )
    used = GuestImport(Ref("import", 0), signature, here, True)
    step = Step(0, tuple(Const(t, image) for t, image in arguments))
    caller = Guest(
        (used,), (Function(Signature(()), (step,)),), (), "indirect",
        memory64=draw(st.sampled_from(addresses)) == "i64",
    )
    given = Ref("item", 0, ("given",))
    return Blueprint((
        Definition(2, (), (callee,), (Export("given", Ref("item", 0, ("f0",))),)),
        Definition(2, (Import("given", signature),), (caller,), (Export("run", Ref("item", 0, ("f0",))),)),
        Definition(None, (), (Child(0), Child(1, (given,))), (Export("run", Ref("item", 1, ("run",))),)),
    ), (), (Call("run"),))


@st.composite
def asking(draw: st.DrawFn) -> Blueprint:
    """The callee calls the host; the caller calls it twice, with text, which it gives back. Either may have a
    post-return."""
    (argument,) = draw(of_types([(Prim.STRING,), (ListOf(Prim.U16),)]))
    signature, nothing = Signature(argument[:1], argument[0]), Signature(())
    asked = GuestImport(Ref("import", 0), nothing)
    answering = Function(signature, (Step(0),), Param(0), draw(st.booleans()))
    callee = Guest((asked,), (answering,))
    step = Step(0, (Const(*argument),))
    used = GuestImport(Ref("import", 0), signature)
    caller = Guest((used,), (Function(nothing, (step, step), post_return=draw(st.booleans())),), (), "indirect")
    given = Ref("item", 0, ("given",))
    return Blueprint((
        Definition(2, (Import("ask", nothing),), (callee,), (Export("given", Ref("item", 0, ("f0",))),)),
        Definition(2, (Import("given", signature),), (caller,), (Export("run", Ref("item", 0, ("f0",))),)),
        Definition(None, (Import("ask", nothing),), (Child(0, (Ref("import", 0),)), Child(1, (given,))),
                   (Export("run", Ref("item", 1, ("run",))),)),
    ), (HostFunction(("ask",), Answer()),), (Call("run"),))


_NUMBER = Signature((Prim.U32,), Prim.U32)


_NUMBERS = Const(Prim.U32, 0), Const(Prim.U32, 1)
_TEXT = Signature((Prim.STRING,))


def _calling_two(signature: Signature, given: tuple[Const, Const]) -> Definition:
    """A component that imports two functions and calls both, each with what it is *given*."""
    used = tuple(GuestImport(Ref("import", n), signature) for n in range(2))
    steps = tuple(Step(n, (constant,)) for n, constant in enumerate(given))
    caller = Guest(used, (Function(Signature(()), steps),), (), "indirect")
    imports = tuple(Import(f"given{n}", signature) for n in range(2))
    return Definition(2, imports, (caller,), (Export("run", Ref("item", 0, ("f0",))),))


def twins() -> Blueprint:
    """The caller calls two functions of one type, of one instance."""
    functions = tuple(Function(_NUMBER, (), Const(Prim.U32, n)) for n in range(2))
    exports = tuple(Export(f"given{n}", Ref("item", 0, (f"f{n}",))) for n in range(2))
    given = tuple(Ref("item", 0, (f"given{n}",)) for n in range(2))
    return Blueprint((
        Definition(2, (), (Guest((), functions),), exports), _calling_two(_NUMBER, _NUMBERS),
        Definition(None, (), (Child(0), Child(1, given)), (Export("run", Ref("item", 1, ("run",))),)),
    ), (), (Call("run"),))


def siblings() -> Blueprint:
    """The caller calls one function of two instances."""
    callee = Guest((), (Function(_NUMBER, (), Param(0)),))
    given = tuple(Ref("item", n, ("given",)) for n in range(2))
    return Blueprint((
        Definition(2, (), (callee,), (Export("given", Ref("item", 0, ("f0",))),)), _calling_two(_NUMBER, _NUMBERS),
        Definition(None, (), (Child(0), Child(0), Child(1, given)), (Export("run", Ref("item", 2, ("run",))),)),
    ), (), (Call("run"),))


def starting() -> Blueprint:
    """Two guests of one component tell the host their number when they start."""
    told = Signature((Prim.U32,))
    used = GuestImport(Ref("import", 0), told)
    guests = tuple(Guest((used,), (), (Step(0, (Const(Prim.U32, n),)),)) for n in range(2))
    top = Definition(None, (Import("tell", told),), guests)
    return Blueprint((top,), (HostFunction(("tell",), Answer()),))


def two_memories() -> Blueprint:
    """The caller passes text from one of its memories, and then from the other."""
    signature = Signature((Prim.STRING,), Prim.U32)
    callee = Guest((), (Function(signature, (), Const(Prim.U32, 1)),))
    used = tuple(GuestImport(Ref("import", 0), signature, second=second) for second in (False, True))
    steps = tuple(Step(n, (Const(Prim.STRING, "ab"[n] * 3),)) for n in range(2))
    caller = Guest(used, (Function(Signature(()), steps),), (), "indirect", second="i32")
    return Blueprint((
        Definition(2, (), (callee,), (Export("given", Ref("item", 0, ("f0",))),)),
        Definition(2, (Import("given", signature),), (caller,), (Export("run", Ref("item", 0, ("f0",))),)),
        Definition(None, (), (Child(0), Child(1, (Ref("item", 0, ("given",)),))),
                   (Export("run", Ref("item", 1, ("run",))),)),
    ), (), (Call("run"),))


def two_allocators() -> Blueprint:
    """The caller passes text to one guest of a component, and then to the other."""
    guest = Guest((), (Function(_TEXT),))
    exports = tuple(Export(f"given{n}", Ref("item", n, ("f0",))) for n in range(2))
    given = tuple(Ref("item", 0, (f"given{n}",)) for n in range(2))
    return Blueprint((
        Definition(2, (), (guest, guest), exports), _calling_two(_TEXT, (Const(Prim.STRING, "a"),) * 2),
        Definition(None, (), (Child(0), Child(1, given)), (Export("run", Ref("item", 1, ("run",))),)),
    ), (), (Call("run"),))


@st.composite
def telling(draw: st.DrawFn, arguments: SearchStrategy[Drawn]) -> Blueprint:
    """A guest passes what *arguments* gives to the host."""
    drawn = draw(arguments)
    signature = Signature(tuple(t for t, _ in drawn))
    used = GuestImport(Ref("import", 0), signature, draw(st.sampled_from(ENCODINGS)), True)
    step = Step(0, tuple(Const(t, image) for t, image in drawn))
    guest = Guest((used,), (Function(Signature(()), (step,)),), (), "indirect")
    top = Definition(None, (Import("tell", signature),), (guest,), (Export("run", Ref("item", 0, ("f0",))),))
    return Blueprint((top,), (HostFunction(("tell",), Answer()),), (Call("run"),))


@st.composite
def of_types(draw: st.DrawFn, types: Sequence[tuple[Type, ...]]) -> Drawn:
    """Parameters of one of *types*, with images from the first forty of each."""
    return tuple((t, nth_image(t, draw(st.integers(0, 39)))) for t in draw(st.sampled_from(types)))


def within(*parts: Type) -> list[tuple[Type, ...]]:
    """Each of *parts* in memory, with something behind it."""
    wholes: list[Callable[[Type], Type]] = [
        ListOf, lambda t: ListOf(RecordOf((t, Prim.U8))), lambda t: ListOf(TupleOf((Prim.U8, t, t))),
    ]
    return [(whole(part),) for part in parts for whole in wholes]


@st.composite
def runs(draw: st.DrawFn) -> Drawn:
    """A string that is put together of runs of characters that take as many bytes, no two neighbours the same."""
    alphabet = draw(st.sampled_from(
        ("\xe0", "a\xe0", "a\U0001f600", "\xe0\u20a0", "a\xe0\u20a0\U0001f600\U0010ff00")
    ))
    counts = st.sampled_from((1, 2, 8, 15, 16, 17, 24, 31, 32, 33, 40, 64))
    parts = draw(st.lists(st.tuples(st.sampled_from(alphabet), counts), min_size=1, max_size=3))
    return ((Prim.STRING, "".join(chr(ord(first) + n % 24) for first, count in parts for n in range(count))),)


@st.composite
def overlapping(draw: st.DrawFn, types: Sequence[tuple[Type, ...]]) -> Blueprint:
    """A guest calls its own lift. One of the arguments but the first lies where memory ends, and there realloc gives
    the first or second block."""
    arguments = draw(of_types(types))
    signature = Signature(tuple(t for t, _ in arguments))
    here, there = draw(st.sampled_from(ENCODINGS)), draw(st.sampled_from(ENCODINGS))
    used = GuestImport(Ref("item", 0, ("f0",)), signature, here)
    calling = Function(Signature(()), (Step(0, tuple(Const(t, image) for t, image in arguments)),))
    guest = Guest((used,), (Function(signature, encoding=there), calling), (), "indirect")
    number = draw(st.integers(1, len(arguments) - 1))
    damaged = Damaged(Place(0, 0, 1), 0, number, arguments[number][1], (), "pointer", pointer="last fit")
    realloc = ReallocResult(Place(0, 0), "last fit", draw(st.sampled_from((0, 1))))
    top = Definition(None, (), (guest,), (Export("run", Ref("item", 0, ("f1",))),))
    return Blueprint((top,), (), (Call("run"),), (damaged, realloc))


@st.composite
def throwing(draw: st.DrawFn) -> Blueprint:
    """The callee throws, and the caller would catch what it throws itself."""
    blueprint = draw(passing(of_types([(Prim.U32,), (Prim.STRING,)])))
    callee, caller, root = blueprint.definitions
    (thrower,), (catcher,) = callee.items, caller.items
    assert isinstance(thrower, Guest) and isinstance(catcher, Guest)
    fails = Failure(Const(Prim.U32, 1), "throw")
    (function,), (calling,) = thrower.functions, catcher.functions
    (step,) = calling.steps
    thrower = replace(thrower, functions=(replace(function, fails=fails),))
    catcher = replace(catcher, functions=(replace(calling, steps=(replace(step, guarded=True),)),))
    definitions = (replace(callee, items=(thrower,)), replace(caller, items=(catcher,)), root)
    return replace(blueprint, definitions=definitions)


def through_the_parent() -> Blueprint:
    """The root calls the child of a component, which calls it, which calls that component: it has been entered with its
    child, and may not be entered now."""
    one = Signature((), Prim.U32)

    def function(*steps: int) -> Function:
        return Function(one, tuple(Step(n) for n in steps), Const(Prim.U32, 1))

    child = Definition(
        1, (Import("out", one),), (Guest((GuestImport(Ref("import", 0), one),), (function(0),)),),
        (Export("f", Ref("item", 0, ("f0",))),),
    )
    middle = Definition(
        2, (Import("out", one),), (Guest((), (function(),)), Child(0, (Ref("import", 0),))),
        (Export("f", Ref("item", 1, ("f",))), Export("g", Ref("item", 0, ("f0",)))),
    )
    used = (GuestImport(Ref("item", 1, ("g",)), one), GuestImport(Ref("item", 1, ("f",)), one))
    guest = Guest(used, (function(0), function(1)), (), "indirect")
    exports = (Export("run", Ref("item", 0, ("f1",))),)
    root = Definition(None, (), (guest, Child(1, (Ref("item", 0, ("f0",)),))), exports)
    return Blueprint((child, middle, root), (), (Call("run"),))

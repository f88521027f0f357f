"""A blueprint: one case as frozen, JSON-able data.

A blueprint names component definitions, what each instantiates and how that is wired, what the guests' functions do,
what the host answers, and which exports are called with which arguments. Text is made of it by
`generators.components`; Hypothesis never sees it again, so that stored cases do not depend on Hypothesis.

Values are held as *images* (`generators.valtypes`): integers, text, and arrays of them. JSON therefore keeps every NaN
payload and infinity.

Definition 0 is the first in the text and the last one is the root. A definition may instantiate every definition that
is *homed* in itself, and those homed in an enclosing definition before the one that it is in itself; and what it is
given as an import or by an instance, which somebody else could instantiate. Component definitions cannot be recursive,
hence every blueprint terminates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

import msgspec

from generators.hostile_choices import Hostile, Place
from generators.operands import Atom, Operand, mapped
from generators.valtypes import Image, Type

Encoding: TypeAlias = Literal["utf8", "utf16", "latin1+utf16"]


class Signature(msgspec.Struct, frozen=True, array_like=True):
    """A function type; the parameters are labelled p0, p1, ..."""

    params: tuple[Type, ...]
    result: Type | None = None


class Code(msgspec.Struct, frozen=True, array_like=True):
    """Definition *definition* as a component; or the core module of its item *item*, a guest."""

    definition: int
    item: int | None = None


class Ref(msgspec.Struct, frozen=True, array_like=True):
    """What a definition's scope holds: an import, an item, or (by *path*) an export of one of them; or code as it
    stands in the text, definition *index* or the core module of its guest number *path*."""

    source: Literal["import", "item", "component", "module"]
    index: int
    path: tuple[str, ...] = ()

    @property
    def code(self) -> Code | None:
        """The code, where it is that as it stands in the text."""
        match self.source:
            case "component":
                return Code(self.index)
            case "module":
                return Code(self.index, int(self.path[0]))
        return None


def in_text(code: Code) -> Ref:
    """*code* as it stands in the text: the inverse of `Ref.code`."""
    if code.item is None:
        return Ref("component", code.definition)
    return Ref("module", code.definition, (str(code.item),))


Tree: TypeAlias = "Signature | Code | dict[str, Tree]"
"""A function's type, code of that type, or an instance as its exports."""


# -- what guests do


ROUNDS = 4
"""A step with rounds is taken at most so often."""


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """A call of the guest's import number *callee*.

    *when*: only if this is odd (`Selected` says what that is). *over*: once for each of its first `ROUNDS` elements; of
    what is no list as often as its two lowest bits say. *guarded*: in a block that catches every exception, which none
    that comes from another component may ever reach. *depth*: the step is taken only while the guest is at most so
    deep in such steps; 0 for any.
    """

    callee: int
    args: tuple[Operand, ...] = ()
    when: Atom | None = None
    over: Atom | None = None
    guarded: bool = False
    depth: int = 0

    @property
    def rounds(self) -> int:
        """How often the step is taken, at most."""
        return 1 if self.over is None else ROUNDS


class Failure(msgspec.Struct, frozen=True):
    """A function's own end: if *when* is odd it throws an exception that it does not catch, or traps."""

    when: Atom
    how: Literal["throw", "unreachable", "load out of bounds"]


class Function(msgspec.Struct, frozen=True, omit_defaults=True):
    """A core function and its lift. *encoding*: utf8 unless another is named. *options* gives memory and realloc even
    when the type needs neither. *way*: how the body is called: tail call: by a tail call; thrown: its result is an
    exception's, which the function catches; handed over: where the last step's core type is the function's own, it is
    a tail call of the lowered function. *fresh*: a result that goes through memory is returned in a new block each
    time."""

    signature: Signature
    steps: tuple[Step, ...] = ()
    returns: Operand | None = None
    post_return: bool = False
    encoding: Encoding | None = None
    options: bool = False
    way: Literal["plain", "tail call", "thrown", "handed over"] = "plain"
    fails: Failure | None = None
    fresh: bool = False


def with_atoms(step: Step, change: Callable[[Atom], Atom]) -> Step:
    """*step* with *change* made to every atom in it."""
    return msgspec.structs.replace(
        step, args=tuple(mapped(a, change) for a in step.args), when=None if step.when is None else change(step.when),
        over=None if step.over is None else change(step.over),
    )


def function_with_atoms(function: Function, change: Callable[[Atom], Atom]) -> Function:
    """*function* with *change* made to every atom in its steps, its result and its failure."""
    fails = function.fails
    return msgspec.structs.replace(
        function, steps=tuple(with_atoms(step, change) for step in function.steps),
        returns=None if function.returns is None else mapped(function.returns, change),
        fails=None if fails is None else Failure(change(fails.when), fails.how),
    )


class GuestImport(msgspec.Struct, frozen=True, omit_defaults=True):
    """A lowered function. *ref* may name a later item of the definition when the guest's lowering is indirect.
    *second*: its memory and realloc are those of the guest's second memory, if it has one."""

    ref: Ref
    signature: Signature
    encoding: Encoding | None = None
    options: bool = False
    second: bool = False


# -- items of a definition, in order


class Guest(msgspec.Struct, frozen=True, tag_field="is", tag="guest", omit_defaults=True):
    """A core module, its instance and the lifts of its functions, exported to the definition as f0, f1, ...

    *lowering* direct: lowered functions are imports of the module; indirect: it calls them through a table in a shim
    module which a fixup module fills in. *memory* own: the guest has it; imported: a runtime module instantiated first;
    shared: item *lender* of the definition, an earlier guest, whose allocator and log it uses too. *realloc*: that of
    its lifts is its own, or the lender's. *second*: the addresses of a second memory, of the guest's module itself if
    it has its own first one, else of a module instantiated before; None if it has none.
    *levels*: how many definitions further out its core modules are defined. *memory64*: its memory has 64-bit
    addresses. *allocator*: whether its realloc gives every block a new place, leaves one that shrinks where it is, or
    grows the memory each time. *module*: where the core module that it would have comes from instead, an import or an
    instance; *levels* then counts from whoever takes it from the text.
    """

    imports: tuple[GuestImport, ...] = ()
    functions: tuple[Function, ...] = ()
    start: tuple[Step, ...] = ()
    lowering: Literal["direct", "indirect"] = "direct"
    memory: Literal["own", "imported", "shared"] = "own"
    levels: int = 0
    memory64: bool = False
    allocator: Literal["moves", "in place", "grows"] = "moves"
    vectors: bool = False
    module: Ref | None = None
    lender: int = 0
    realloc: Literal["own", "lender's"] = "own"
    second: Literal["i32", "i64"] | None = None

    @property
    def pointer(self) -> Literal["i32", "i64"]:
        """The type of its memory's addresses."""
        return "i64" if self.memory64 else "i32"

    def uses_second(self, used: GuestImport) -> bool:
        """Whether *used* is lowered with the second memory: what is lowered before the guest's module is instantiated
        can have none of that module's memories."""
        return used.second and self.second is not None and (self.lowering, self.memory) != ("direct", "own")

    def pointer_of(self, used: GuestImport) -> Literal["i32", "i64"]:
        """The type of addresses in the memory that *used* is lowered with."""
        return self.second if self.second is not None and self.uses_second(used) else self.pointer


class Child(msgspec.Struct, frozen=True, tag_field="is", tag="child", omit_defaults=True):
    """An instance of definition *definition*; *args* in the order of its imports. *given*: what is instantiated in its
    place, a component of the same type. *surplus*: arguments that it does not ask for."""

    definition: int
    args: tuple[Ref, ...] = ()
    given: Ref | None = None
    surplus: tuple[Ref, ...] = ()


class Bundle(msgspec.Struct, frozen=True, tag_field="is", tag="bundle"):
    """An instance made of inline exports: functions, instances and code."""

    entries: tuple[tuple[str, Ref], ...]


class Relift(msgspec.Struct, frozen=True, tag_field="is", tag="relift"):
    """The lift of a lower: a function of somebody else's, offered again as one of this component's own."""

    ref: Ref
    signature: Signature


Item: TypeAlias = Guest | Child | Bundle | Relift


class Import(msgspec.Struct, frozen=True, omit_defaults=True):
    """A function import if *signature* is given, code of the type of *code* if that is, else an instance import.

    *members* are functions of the instance, and of instances in it: paths whose parts are joined by `#`. *library*:
    code that it exports. *levels*: how many definitions further out the type of the instance or code is defined; an
    instance's is not where it has types in it that must have names of their own.
    """

    name: str
    signature: Signature | None = None
    members: tuple[tuple[str, Signature], ...] = ()
    code: Code | None = None
    library: tuple[tuple[str, Code], ...] = ()
    levels: int = 0

    @property
    def tree(self) -> Tree:
        """What is imported."""
        if self.signature is not None:
            return self.signature
        if self.code is not None:
            return self.code
        tree: dict[str, Tree] = {}
        for path, signature in self.members:
            *outer, name = path.split("#")
            inside = tree
            for part in outer:
                inside = inside.setdefault(part, {})  # type: ignore[assignment]
            inside[name] = signature
        return {**tree, **dict(self.library)}


class Export(msgspec.Struct, frozen=True, array_like=True):
    name: str
    ref: Ref


Naming: TypeAlias = Literal["kinds", "again", "chained", "all", "outer", "of instances", "members"]
"""What a definition does with the names of value types. *kinds*: they are labelled by kind; *again*: exported once more
under another label, by which exported functions go; *chained*: imported under two labels, the second equal to the
first; *all*: those made by any constructor are imported and exported, not only those that must; *outer*: defined as
aliases of the types of the definition around; *of instances*: given to instances, and exported, as aliases of types
that other instances export; *members*: what functions of imported instances need is imported with these instances."""

NAMINGS: tuple[Naming, ...] = get_args(Naming)


class Definition(msgspec.Struct, frozen=True, omit_defaults=True):
    """A component definition. *home* is the definition whose text holds it, None for the root.

    *types* are named function types, used wherever they fit; *outer_types* says how many levels out further named
    types are aliased from. *naming*: what it does with the names of value types.
    """

    home: int | None = None
    imports: tuple[Import, ...] = ()
    items: tuple[Item, ...] = ()
    exports: tuple[Export, ...] = ()
    types: tuple[Signature, ...] = ()
    outer_types: tuple[int, ...] = ()
    naming: tuple[Naming, ...] = ()


# -- the host


class Answer(msgspec.Struct, frozen=True, tag_field="is", tag="constant"):
    """The host returns this value, or nothing when *type* is None."""

    type: Type | None = None
    image: Image = 0


class EchoArgument(msgspec.Struct, frozen=True, tag_field="is", tag="echo"):
    """The host returns its argument number *index*."""

    index: int


class HostTrap(msgspec.Struct, frozen=True, tag_field="is", tag="trap"):
    """The host traps."""


Behaviour: TypeAlias = Answer | EchoArgument | HostTrap


class HostFunction(msgspec.Struct, frozen=True, array_like=True):
    """*path* is the import's name, or the instance's and the function's."""

    path: tuple[str, ...]
    behaviour: Behaviour


class Call(msgspec.Struct, frozen=True, array_like=True):
    """*export* is a path whose parts are joined by `#`; *args* are images."""

    export: str
    args: tuple[Image, ...] = ()


class Blueprint(msgspec.Struct, frozen=True, omit_defaults=True):
    definitions: tuple[Definition, ...]
    host: tuple[HostFunction, ...] = ()
    calls: tuple[Call, ...] = ()
    hostile: tuple[Hostile, ...] = ()

    @property
    def root(self) -> int:
        """The number of the root definition."""
        return len(self.definitions) - 1

    def guest(self, place: Place) -> Guest:
        item = self.definitions[place.definition].items[place.item]
        assert isinstance(item, Guest)
        return item

    def in_one_memory(self, place: Place) -> tuple[Guest, ...]:
        """The guest at *place*, and those that use the same memory."""
        items = self.definitions[place.definition].items
        guests = {i: item for i, item in enumerate(items) if isinstance(item, Guest)}
        owners = {i: guest.lender if guest.memory == "shared" else i for i, guest in guests.items()}
        mine = owners[place.item]
        others = (guest for i, guest in guests.items() if i != place.item and owners[i] == mine)
        return (guests[place.item], *others)

    def chain(self, definition: int) -> tuple[int, ...]:
        """The definition and those it is nested in, innermost first."""
        chain = [definition]
        while (home := self.definitions[chain[-1]].home) is not None:
            chain.append(home)
        return tuple(chain)


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Blueprint)


def to_json(blueprint: msgspec.Struct) -> str:
    """One line of JSON; equal blueprints give equal lines."""
    return _ENCODER.encode(blueprint).decode()


def from_json(line: str | bytes) -> Blueprint:
    """The inverse of `to_json`; `ValueError` says where the line is not a blueprint."""
    try:
        return _DECODER.decode(line)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"not a blueprint: {error}") from error

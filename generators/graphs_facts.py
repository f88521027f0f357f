"""What a generator of component graphs knows of what it has made: types, and what calling a function may come to.

*enters* has the numbers of the component instances of the scope at hand that a call may run code of: `SELF` for the
scope's own, and for each table that is filled in later a number of its own (negative). A call ends because no function
enters what was made after it: into a table that is filled in later only goes what does not enter it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from fact.model.types import Prim
from generators.blueprint import Signature
from generators.graphs import AnyResource, Bound, ComponentType, ExternType, FuncType, InstanceType, ModuleType, Sort
from generators.graphs_core import Call, Code, CoreFunc, CoreType, Fail, Indirect, Table, Throw
from generators.layout import core_params, core_results, spills_result
from generators.valtypes import BorrowOf, OwnOf, ResultOf, TupleOf, Type, has_pointers, is_scalar

SELF = -1

Kind: TypeAlias = Literal["own", "adapter", "host", "built-in"]
"""What a core function is: guest code, a lower of a lift, a lower of a host import, a built-in."""

NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Effects:
    """Of a call. *cost*: how many calls it makes, at most; *traps*: it may trap; *leaves*: it does if the component
    may not be left; *pending*: it may not be called before everything is instantiated."""

    cost: int = 1
    traps: bool = False
    leaves: bool = False
    pending: bool = False
    enters: frozenset[int] = NOBODY

    def then(self, other: Effects) -> Effects:
        return Effects(self.cost + other.cost, self.traps or other.traps, self.leaves or other.leaves,
                       self.pending or other.pending, self.enters | other.enters)


@dataclass(frozen=True, slots=True)
class CoreFn:
    """A core function. *wants* and *gives*: what kind of number each parameter has to be and the result is, where not
    any will do. *late*: a lower of a host import that needs a memory; *throws*: an exception may come out of it."""

    type: CoreFunc
    kind: Kind
    effects: Effects = Effects()
    wants: tuple[str, ...] = ()
    gives: str = ""
    late: bool = False
    throws: bool = False
    signature: Signature | None = None
    """The one that its code was made for."""
    memory: Plain | None = None
    """Where a lowered function finds and puts values."""


@dataclass(eq=False, slots=True)
class Cells:
    """A table. *slots* that are filled in later are there with what may be called through them."""

    size: int
    slots: dict[int, CoreFn] = field(default_factory=dict)

    def free(self, count: int) -> int | None:
        """Where *count* free slots begin."""
        at = max(self.slots, default=-1) + 1
        return at if at + count <= self.size else None


@dataclass(frozen=True, slots=True, eq=False)
class Plain:
    """A memory, global or tag."""

    type: CoreType


CoreFacts: TypeAlias = CoreFn | Cells | Plain


@dataclass(frozen=True, slots=True)
class CoreExports:
    exports: Mapping[str, CoreFacts]


@dataclass(frozen=True, slots=True)
class Made:
    """What the generator knows of a function in core code: as in `CoreFn`."""

    wants: tuple[str, ...] = ()
    gives: str = ""
    signature: Signature | None = None


UNMARKED = Made()


@dataclass(frozen=True, slots=True)
class CoreModule:
    """*once*: it may not be instantiated again, because it fills in a table."""

    code: Code
    made: Mapping[str, Made]
    once: bool = False

    @property
    def simple(self) -> bool:
        """Whether its functions call nothing and do not trap."""
        return not any(isinstance(s, Call | Indirect | Fail | Throw) for f in self.code.functions for s in f.steps)


@dataclass(frozen=True, slots=True)
class Fn:
    """A component function."""

    signature: Signature
    effects: Effects = Effects()
    host: bool = False
    late: bool = False
    handles: bool = False
    """Whether some parameters have to be handles, though their type does not say so."""


@dataclass(frozen=True, slots=True)
class Exports:
    """An instance."""

    exports: Mapping[str, tuple[Sort, Facts]]


@dataclass(frozen=True, slots=True)
class Closed:
    """A component. *imports*: what it was made with. *deals*: it exports a resource type."""

    imports: tuple[tuple[str, Sort, Facts], ...]
    exports: Mapping[str, tuple[Sort, Facts]]
    logs: tuple[str, ...] = ()
    deals: bool = False

    @property
    def resources(self) -> bool:
        """Whether its type has resource types in it."""
        given = [f for _, _, f in self.imports] + [f for _, f in self.exports.values()]
        return self.deals or any(
            isinstance(f, Shop) or (isinstance(f, Closed) and f.resources) for f in given)


@dataclass(frozen=True, slots=True)
class Named:
    """A type."""

    type: Signature | Type


@dataclass(frozen=True, slots=True)
class Generative:
    """A resource type."""


@dataclass(frozen=True, slots=True)
class Shop:
    """An instance that `generators.graphs_shops` tells of; *effects* of calling any of its functions."""

    effects: Effects


Facts: TypeAlias = (
    CoreFn | Cells | Plain | CoreExports | CoreModule | Fn | Exports | Closed | Named | Generative | Shop
)


# -- types

SAME = Signature((Prim.U32,), Prim.U32)

DEALT = ("[constructor]r", "[method]r.get", "[static]r.same")
"""The functions that a shop exports beside the type `r`."""


def dealing(own: Type, borrow: Type) -> tuple[Signature, ...]:
    """Their types, with handles as the place has them."""
    return Signature((Prim.U32,), own), Signature((borrow,), Prim.U32), SAME


SHOP = InstanceType((
    ("r", AnyResource()),
    *((name, FuncType(s)) for name, s in zip(DEALT, dealing(OwnOf(-1), BorrowOf(-1)), strict=True)),
))


def core_type(t: CoreFacts) -> CoreType:
    match t:
        case CoreFn(type=type) | Plain(type=type):
            return type
        case Cells(size=size):
            return Table(size)


def module_type(module: CoreModule) -> ModuleType:
    types = module.code.types()
    return ModuleType(tuple((i.instance, i.field, i.type) for i in module.code.imports),
                      tuple((e.name, types[e.item]) for e in module.code.exports))


def extern_type(t: Facts) -> ExternType:
    match t:
        case Fn(signature=signature):
            return FuncType(signature)
        case CoreModule():
            return module_type(t)
        case Exports(exports=exports):
            return InstanceType(tuple((n, extern_type(f)) for n, (_, f) in exports.items()))
        case Closed(imports=imports, exports=exports, logs=logs):
            return ComponentType(tuple((n, extern_type(f)) for n, _, f in imports),
                                 tuple((n, extern_type(f)) for n, (_, f) in exports.items()), logs)
        case Shop():
            return SHOP
        case Named(type=type) if not isinstance(type, Signature):
            return Bound(type)
        case Generative():
            return AnyResource()
    raise AssertionError(f"nothing to import: {t}")


def lifted_type(s: Signature) -> CoreFunc:
    """Of a function that is lifted. CanonicalABI.md, "Flattening"."""
    return CoreFunc(core_params(s, "i32"), core_results(s, "i32"))  # type: ignore[arg-type]


def lowered_type(s: Signature) -> CoreFunc:
    if spills_result(s):
        return CoreFunc((*core_params(s, "i32"), "i32"))  # type: ignore[arg-type]
    return lifted_type(s)


def gives(t: Type | None) -> str:
    """What kind of number a lifted function has to return for *t*."""
    if t is Prim.CHAR:
        return "char"
    if t is None or is_scalar(t):
        return ""
    if has_pointers(t):
        return "pair"
    return "small" if t == ResultOf() else "record"


def wants(s: Signature) -> tuple[str, ...]:
    """What kind of number each parameter of a lowered function has to be."""
    found: list[str] = []
    for t in s.params:
        match t:
            case Prim.CHAR:
                found.append("char")
            case _ if has_pointers(t):
                found += ["text", "length"]
            case TupleOf(elements=elements):
                found += [""] * len(elements)
            case ResultOf():
                found.append("small")
            case _:
                found.append("")
    return (*found, "area") if spills_result(s) else tuple(found)

"""Core code of component graphs as data: what a core module imports, has and exports, and functions made of steps.

A step calls only what comes before its function, so that everything ends.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

NumType: TypeAlias = Literal["i32", "i64", "f64"]
CoreSort: TypeAlias = Literal["func", "memory", "table", "global", "tag"]


class CoreFunc(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="func"):
    """The type of a core function."""

    params: tuple[NumType, ...] = ()
    results: tuple[NumType, ...] = ()


class Memory(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="memory"):
    """Of one page."""


class Table(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="table"):
    """Of *size* function references."""

    size: int


class Global(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="global"):
    """Mutable."""

    type: NumType


class Tag(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="tag"):
    """Of exceptions with one i32."""


CoreType: TypeAlias = CoreFunc | Memory | Table | Global | Tag


class CoreImport(msgspec.Struct, frozen=True, array_like=True):
    """*name* is what the code calls it."""

    name: str
    instance: str
    field: str
    type: CoreType


class Param(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="param"):
    index: int


class Const(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="const"):
    value: int


class Result(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="result"):
    """What step *step* gave; 0 if it gave nothing."""

    step: int


Operand: TypeAlias = Param | Const | Result
"""A number, converted to the type that is asked for."""


class Call(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="call"):
    """*caught*: the tag of an exception that is caught if the call throws one; then it gives the exception's number."""

    callee: str
    args: tuple[Operand, ...] = ()
    caught: str = ""


class Indirect(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="indirect"):
    """Calls what is in *table* at *slot*, a function of *type*."""

    table: str
    slot: int
    type: CoreFunc
    args: tuple[Operand, ...] = ()


class Count(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="count"):
    """Adds *operand* to a global, and gives the sum."""

    cell: str
    operand: Operand


class Store(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="store"):
    """An i32 at address *at* of *memory*."""

    memory: str
    at: int
    operand: Operand


class Load(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="load"):
    memory: str
    at: int


class Move(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="move"):
    """`memory.copy`, or `memory.fill` of *to* where there is no *source*."""

    to: str
    source: str
    at: int
    size: int


class Grow(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="grow"):
    """*memory* by a page; gives how many it had."""

    memory: str


class Compute(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="compute"):
    """With vectors (`simd`), or through a structure on the heap (`gc`)."""

    by: Literal["simd", "gc"]
    operand: Operand


class Throw(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="throw"):
    """Where *caught*, the code itself catches it, and the step gives the number thrown."""

    tag: str
    operand: Operand
    caught: bool = True


class Read(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="read"):
    """A digest of *size* bytes in *memory*, which lie where *pointer* says: a parameter, or an address."""

    memory: str
    pointer: Operand
    size: Operand


class Fail(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="fail"):
    """`unreachable`."""


Step: TypeAlias = Call | Indirect | Count | Store | Load | Move | Grow | Compute | Throw | Read | Fail


class Function(msgspec.Struct, frozen=True, omit_defaults=True):
    """*number* is its number in the logs. *tail*: the last step, a call of the function's own type, is a tail call.

    *allocates*: it is a realloc which hands out memory from `REALLOCATED` on, whatever *returns* says.
    """

    name: str
    number: int
    type: CoreFunc
    steps: tuple[Step, ...] = ()
    returns: Operand = Const(0)
    tail: bool = False
    allocates: bool = False


class Element(msgspec.Struct, frozen=True, array_like=True):
    """*functions* in *table*, from *offset* on."""

    table: str
    offset: int
    functions: tuple[str, ...]


class CoreExport(msgspec.Struct, frozen=True, array_like=True):
    """*item* is what the code calls it."""

    name: str
    sort: CoreSort
    item: str


class Code(msgspec.Struct, frozen=True, omit_defaults=True):
    """A core module. *start* names a function without parameters and results. Functions log their calls if the code
    imports `log`."""

    imports: tuple[CoreImport, ...] = ()
    own: tuple[tuple[str, CoreType], ...] = ()
    functions: tuple[Function, ...] = ()
    elements: tuple[Element, ...] = ()
    exports: tuple[CoreExport, ...] = ()
    start: str = ""

    def type_of(self, name: str) -> CoreType:
        """Of an import, a function or anything of its own."""
        return self.types()[name]

    def types(self) -> dict[str, CoreType]:
        return {**{i.name: i.type for i in self.imports}, **dict(self.own), **{f.name: f.type for f in self.functions}}

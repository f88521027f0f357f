"""Scripts: what guests of cases about handles do, as data.

A call hands a *script* to an instance, a list of operations, and an operation that calls another component hands it a
script for that call. Every guest has an interpreter for scripts (`handles_guests`).

A guest remembers handles in 16 registers. What a function is given is put into `RECEIVED` and the next three, in
order; what it returns comes out of `RETURNED` and the next three. A register there that is 0 stands for a new resource
where the component defines its type.

CanonicalABI.md, "Table State", "Resource State".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from generators.valtypes import Image

REGISTERS = 16
RECEIVED, RETURNED, AT_A_TIME = 8, 12, 4


class Reg(msgspec.Struct, frozen=True, tag_field="is", tag="reg", omit_defaults=True):
    """What register *number* holds, and *beside* more; then, unless *bit* is 0, with that bit the other way round."""

    number: int
    beside: int = 0
    bit: int = 0


class Raw(msgspec.Struct, frozen=True, tag_field="is", tag="raw"):
    """The handle *number*, below 2^31."""

    number: int


Operand: TypeAlias = Reg | Raw
"""A handle."""


class New(msgspec.Struct, frozen=True, tag_field="is", tag="new"):
    """`resource.new` with the representation *rep*; the handle goes to register *to*."""

    type: int
    rep: int
    to: int


class Rep(msgspec.Struct, frozen=True, tag_field="is", tag="rep"):
    """`resource.rep`, which is logged."""

    type: int
    handle: Operand


class Drop(msgspec.Struct, frozen=True, tag_field="is", tag="drop"):
    """`resource.drop`."""

    type: int
    handle: Operand


class Copy(msgspec.Struct, frozen=True, tag_field="is", tag="copy"):
    """Register *to* holds the same number."""

    handle: Operand
    to: int


class Fill(msgspec.Struct, frozen=True, tag_field="is", tag="fill"):
    """As many new resources, with the representations *rep*, *rep* + 1, ...; the first handle goes to register *to*."""

    type: int
    count: int
    rep: int
    to: int


class Empty(msgspec.Struct, frozen=True, tag_field="is", tag="empty"):
    """Drops *count* handles: *handle*, *handle* + *step*, ..."""

    type: int
    handle: Operand
    count: int
    step: Literal[1, -1] = 1


class Invoke(msgspec.Struct, frozen=True, tag_field="is", tag="invoke", omit_defaults=True):
    """A call of import *callee*, which carries out *script* while it lasts.

    *args* are images; the handles in them are numbers of *handles*. Handles of the result go to register *to* and the
    next three.
    """

    callee: int
    args: tuple[Image, ...] = ()
    handles: tuple[Operand, ...] = ()
    script: tuple[Op, ...] = ()
    to: int = 0


class Hook(msgspec.Struct, frozen=True, tag_field="is", tag="hook"):
    """*script* is carried out in the guest's next destructor, realloc or post-return: once."""

    where: Literal["destructor", "realloc", "post-return"]
    script: tuple[Op, ...]


class Store(msgspec.Struct, frozen=True, tag_field="is", tag="store"):
    """`context.set`: *value* goes into slot 0 of the thread that runs."""

    value: int


class Look(msgspec.Struct, frozen=True, tag_field="is", tag="look"):
    """`context.get` of slot 0, which is logged."""


class Unreachable(msgspec.Struct, frozen=True, tag_field="is", tag="unreachable"):
    """The guest traps."""


class Throw(msgspec.Struct, frozen=True, tag_field="is", tag="throw"):
    """The guest throws an exception that nobody catches."""


class Divide(msgspec.Struct, frozen=True, tag_field="is", tag="divide"):
    """The guest divides by zero."""


class Overrun(msgspec.Struct, frozen=True, tag_field="is", tag="overrun"):
    """The guest loads from where its memory has ended."""


Failing: TypeAlias = Unreachable | Throw | Divide | Overrun
"""What ends a call: a trap, or what becomes one."""

FAILING: tuple[Failing, ...] = (Unreachable(), Throw(), Unreachable(), Throw(), Divide(), Overrun())
"""As often as they are drawn."""

Op: TypeAlias = New | Rep | Drop | Copy | Fill | Empty | Invoke | Hook | Store | Look | Failing
Script: TypeAlias = tuple[Op, ...]


def operations(script: Script) -> Iterator[Op]:
    """All of them, also in scripts within."""
    for op in script:
        yield op
        if isinstance(op, Invoke | Hook):
            yield from operations(op.script)

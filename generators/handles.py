"""Cases about handles: component instances that define, import and pass on resources, driven by scripts.

A definition numbers the resource types that it knows: first the abstract ones that it imports, then those it defines.
It imports functions and exports some of its own, or, as a *relay*, the ones it imports. The instances stand side by
side in the root; each is given types and functions of those before it. The root may be an instance too, the parent,
which is given what its children have when they are there. Calls within each other end because scripts do.

What guests do is data: a call hands a *script* to an instance, a list of operations, and an operation that calls
another component hands it a script for that call. Every guest has an interpreter for scripts (`handles_guests`).

A guest remembers handles in 16 registers. What a function is given is put into `RECEIVED` and the next three, in
order; what it returns comes out of `RETURNED` and the next three. A register there that is 0 stands for a new resource
where the component defines its type.

Explainer.md, "Resource types"; CanonicalABI.md, "Table State", "Resource State".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from generators.blueprint import HostFunction, Signature
from generators.handles_values import renumbered_signature
from generators.valtypes import Image

REGISTERS = 16
RECEIVED, RETURNED, AT_A_TIME = 8, 12, 4


class Reg(msgspec.Struct, frozen=True, tag_field="is", tag="reg", omit_defaults=True):
    """What register *number* holds, and *beside* more."""

    number: int
    beside: int = 0


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


Op: TypeAlias = New | Rep | Drop | Copy | Fill | Empty | Invoke | Hook | Store | Look | Unreachable
Script: TypeAlias = tuple[Op, ...]


class Dropping(msgspec.Struct, frozen=True, tag_field="is", tag="dropping"):
    """As a destructor, `resource.drop` of *type*, a lower number: representations are handles."""

    type: int


class Storing(msgspec.Struct, frozen=True, tag_field="is", tag="storing"):
    """As a destructor, `context.set`, of a thread that ends with it."""


class Noting(msgspec.Struct, frozen=True, tag_field="is", tag="noting"):
    """As a destructor, a function of another instance, lowered, which logs."""


class Resource(msgspec.Struct, frozen=True, omit_defaults=True):
    """A resource type. As *destructor*, True is a core function of the guest's that logs, False none."""

    destructor: bool | Dropping | Storing | Noting = True


class Function(msgspec.Struct, frozen=True, omit_defaults=True):
    """An exported function. In *returns*, the image of what it returns, handles are numbers of registers from
    `RETURNED` on. Besides *signature*'s parameters it has a last one, a script."""

    signature: Signature
    returns: Image = 0
    post_return: bool = False


class Definition(msgspec.Struct, frozen=True, omit_defaults=True):
    """*imported* abstract resource types and *imports*; *resources* of its own and *functions*.

    A relay defines nothing, has no core code and exports what it imports.
    """

    imported: int = 0
    imports: tuple[Signature, ...] = ()
    resources: tuple[Resource, ...] = ()
    functions: tuple[Function, ...] = ()
    relay: bool = False

    @property
    def types(self) -> int:
        """How many resource types it knows, and exports."""
        return self.imported + len(self.resources)

    @property
    def exports(self) -> tuple[Signature, ...]:
        return self.imports if self.relay else tuple(f.signature for f in self.functions)

    @property
    def notes(self) -> bool:
        """Whether it imports a function for destructors."""
        return any(isinstance(r.destructor, Noting) for r in self.resources)


class Source(msgspec.Struct, frozen=True, array_like=True):
    """Export number *index* of instance *instance*: a type or a function, as the place tells."""

    instance: int
    index: int


class Instance(msgspec.Struct, frozen=True, omit_defaults=True):
    """*noted*: the instance that implements `Noting`, if there is such a destructor."""

    definition: int
    types: tuple[Source, ...] = ()
    functions: tuple[Source, ...] = ()
    noted: int | None = None


class Run(msgspec.Struct, frozen=True, array_like=True, tag="run"):
    """The host has instance *instance* carry out *script*."""

    instance: int
    script: Script = ()


class FromHost(msgspec.Struct, frozen=True, array_like=True, tag="host"):
    """The host calls export number *export* of the root. In *args*, the images of its parameters, handles are the
    numbers under which the host holds them (`fact.model.values.Handle`)."""

    export: int
    args: tuple[Image, ...] = ()
    script: Script = ()


class HostDrop(msgspec.Struct, frozen=True, array_like=True, tag="drop"):
    """The host drops what it holds as *handle*."""

    handle: int


Call: TypeAlias = Run | FromHost | HostDrop


class HandleBlueprint(msgspec.Struct, frozen=True, tag_field="is", tag="handles", omit_defaults=True):
    definitions: tuple[Definition, ...]
    instances: tuple[Instance, ...]
    calls: tuple[Call, ...] = ()
    exports: tuple[Source, ...] = ()
    """Functions that the root exports for the host, without records and variants in their types."""
    parent: bool = False
    """Whether instance 0 is the root itself: it has types and functions for its children, and calls them in turn."""

    @property
    def host(self) -> tuple[HostFunction, ...]:
        """The root imports nothing."""
        return ()

    def enters(self, call: Run | FromHost) -> int:
        """The instance that carries out the call's script."""
        return call.instance if isinstance(call, Run) else self.behind(self.exports[call.export]).instance

    def definition(self, instance: int) -> Definition:
        return self.definitions[self.instances[instance].definition]

    def callee(self, instance: int, callee: int) -> Source:
        """The instance that runs import *callee* of *instance*, and which of its functions it is."""
        return self.behind(self.instances[instance].functions[callee])

    def behind(self, function: Source) -> Source:
        """The function itself, where *function* may be one that a relay passes on."""
        if self.definition(function.instance).relay:
            return self.callee(function.instance, function.index)
        return function

    def resource(self, instance: int, type: int) -> Source:
        """The resource type that *instance* knows as *type*: the instance that defines it, and its number there."""
        definition = self.definition(instance)
        if type >= definition.imported:
            return Source(instance, type)
        source = self.instances[instance].types[type]
        return self.resource(source.instance, source.index)

    def destructor(self, resource: Source) -> bool | Dropping | Storing | Noting:
        """That of a resource type as `resource` gives it."""
        definition = self.definition(resource.instance)
        return definition.resources[resource.index - definition.imported].destructor

    def fits(self) -> bool:
        """Whether each instance is given what its imports ask for, of instances before it."""
        return all(
            len(instance.types) == self.definition(i).imported
            and len(instance.functions) == len(self.definition(i).imports)
            and all(self.gives(s, i) for s in (*instance.types, *instance.functions))
            and all(map(self._same_types, [i] * len(instance.functions), range(len(instance.functions))))
            and self._noted_by_another(i, instance)
            for i, instance in enumerate(self.instances)
        )

    def _noted_by_another(self, i: int, instance: Instance) -> bool:
        """An earlier one with core code: a destructor must be there before the guest is."""
        if not self.definition(i).notes:
            return instance.noted is None
        return instance.noted is not None and instance.noted < i and not self.definition(instance.noted).relay

    def gives(self, source: Source, instance: int) -> bool:
        """Whether *instance* can be given that; a parent has it in time for calls."""
        return source.instance < instance or (self.parent and instance == 0 < source.instance)

    def _same_types(self, instance: int, callee: int) -> bool:
        source = self.instances[instance].functions[callee]
        here = self.definition(instance).imports[callee]
        there = self.definition(source.instance).exports[source.index]
        return self.linked(instance, here) == self.linked(source.instance, there)

    def exported(self, export: int) -> Signature:
        """The type of an export of the root, as the instance that it comes from has it."""
        return self.exported_by(self.exports[export])

    def exported_by(self, function: Source) -> Signature:
        """The type of a function, as the instance that it comes from has it."""
        return self.definition(function.instance).exports[function.index]

    def linked(self, instance: int, s: Signature) -> Signature:
        """A function's type in *instance*, with numbers for resource types that mean the same in every instance."""
        def number(type: int) -> int:
            source = self.resource(instance, type)
            return source.instance << 8 | source.index

        return renumbered_signature(s, number)


def operations(script: Script) -> Iterator[Op]:
    """All of them, also in scripts within."""
    for op in script:
        yield op
        if isinstance(op, Invoke | Hook):
            yield from operations(op.script)

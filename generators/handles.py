"""Cases about handles: component instances that define, import and pass on resources, driven by scripts.

A definition numbers the resource types that it knows: first the abstract ones that it imports, then those it defines.
It imports functions and exports some of its own, or, as a *relay*, the ones it imports. The instances stand side by
side in the root, or within component definitions around some of them (*groups*, which have no core code); each is given
types and functions of those before it, and of the host. The root may be an instance too, the parent, which is given
what its children have when they are there. Calls within each other end because scripts do.

What guests do is data: scripts (`handles_script`).

Explainer.md, "Resource types"; CanonicalABI.md, "Table State", "Resource State".
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from generators.blueprint import Behaviour, HostFunction, Signature
from generators.handles_script import Script
from generators.handles_values import renumbered_signature, resources_in, with_script
from generators.layout import Pointer
from generators.valtypes import BorrowOf, Image, OwnOf

HOST = -1
"""In place of an instance's number."""


class Dropping(msgspec.Struct, frozen=True, tag_field="is", tag="dropping"):
    """As a destructor, `resource.drop` of *type*, a lower number: representations are handles."""

    type: int


class Storing(msgspec.Struct, frozen=True, tag_field="is", tag="storing"):
    """As a destructor, `context.set`, of a thread that ends with it."""


class Noting(msgspec.Struct, frozen=True, tag_field="is", tag="noting"):
    """As a destructor, a function of another instance or of the host, lowered, which logs."""


class Resource(msgspec.Struct, frozen=True, omit_defaults=True):
    """A resource type. As *destructor*, True is a core function of the guest's that logs, False none."""

    destructor: bool | Dropping | Storing | Noting = True


Form: TypeAlias = Literal["plain", "constructor", "method", "static"]


class Function(msgspec.Struct, frozen=True, omit_defaults=True):
    """An exported function. In *returns*, the image of what it returns, handles are numbers of registers from
    `RETURNED` on. Besides *signature*'s parameters it has a last one, a script. *form* is that of its name
    (Explainer.md, "Import and Export Definitions"): a method's first parameter is a borrowed handle, `self`; a
    constructor's result an owned one; what is static is so of the first resource type in its type."""

    signature: Signature
    returns: Image = 0
    post_return: bool = False
    form: Form = "plain"


class Definition(msgspec.Struct, frozen=True, omit_defaults=True):
    """*imported* abstract resource types and *imports*; *resources* of its own and *functions*.

    A relay defines nothing, has no core code and exports what it imports. *hosts* are the numbers of the imports that
    are functions of the host's: they take no script. *memory64*: its memory has 64-bit addresses.
    """

    imported: int = 0
    imports: tuple[Signature, ...] = ()
    resources: tuple[Resource, ...] = ()
    functions: tuple[Function, ...] = ()
    relay: bool = False
    hosts: tuple[int, ...] = ()
    memory64: bool = False

    @property
    def pointer(self) -> Pointer:
        """The type of its memory's addresses."""
        return "i64" if self.memory64 else "i32"

    @property
    def types(self) -> int:
        """How many resource types it knows, and exports."""
        return self.imported + len(self.resources)

    @property
    def exports(self) -> tuple[Signature, ...]:
        return self.imports if self.relay else tuple(f.signature for f in self.functions)

    def import_type(self, number: int) -> Signature:
        """The whole type of import *number*, with the script that it takes."""
        return self.imports[number] if number in self.hosts else with_script(self.imports[number])

    @property
    def export_types(self) -> tuple[Signature, ...]:
        """The whole types of what it exports."""
        if self.relay:
            return tuple(map(self.import_type, range(len(self.imports))))
        return tuple(with_script(f.signature) for f in self.functions)

    @property
    def notes(self) -> bool:
        """Whether it imports a function for destructors."""
        return any(isinstance(r.destructor, Noting) for r in self.resources)


class Source(msgspec.Struct, frozen=True, array_like=True):
    """Export number *index* of instance *instance*, or of the `HOST`: a type or a function, as the place tells."""

    instance: int
    index: int


class Instance(msgspec.Struct, frozen=True, omit_defaults=True):
    """*noted*: the instance that implements `Noting`, or the `HOST`, if there is such a destructor."""

    definition: int
    types: tuple[Source, ...] = ()
    functions: tuple[Source, ...] = ()
    noted: int | None = None


class Group(msgspec.Struct, frozen=True, array_like=True):
    """A component definition around the instances *first* to *first* + *count* - 1, with one instance: it imports what
    they are given from outside, and exports what they have. *holds*: component definitions that only they are instances
    of are inside as well."""

    first: int
    count: int
    holds: bool = False

    @property
    def members(self) -> range:
        return range(self.first, self.first + self.count)


class HostImport(msgspec.Struct, frozen=True, array_like=True):
    """A function of the host's, on resource types of its own; in what it answers handles are representations."""

    signature: Signature
    behaviour: Behaviour


class Run(msgspec.Struct, frozen=True, array_like=True, tag="run"):
    """The host has instance *instance* carry out *script*."""

    instance: int
    script: Script = ()


class FromHost(msgspec.Struct, frozen=True, array_like=True, tag="host"):
    """The host calls export number *export* of the root. In *args*, the images of its parameters, handles are the
    numbers under which the host holds them (`fact.model.values.Handle`); those of its own resources are
    representations."""

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
    host_types: int = 0
    """How many resource types of the host's own there are."""
    host_functions: tuple[HostImport, ...] = ()
    host_note: Behaviour | None = None
    """What the host's function for destructors does, if there is one."""
    groups: tuple[Group, ...] = ()
    """Each before those within it."""

    @property
    def host(self) -> tuple[HostFunction, ...]:
        """What the root imports: `a0`, `a1`, ..., and `note`."""
        note = () if self.host_note is None else (HostFunction(("note",), self.host_note),)
        return (*(HostFunction((f"a{n}",), f.behaviour) for n, f in enumerate(self.host_functions)), *note)

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
        if function.instance != HOST and self.definition(function.instance).relay:
            return self.callee(function.instance, function.index)
        return function

    def resource(self, instance: int, type: int) -> Source:
        """The resource type that *instance* knows as *type*: the instance that defines it, and its number there."""
        if instance == HOST or type >= self.definition(instance).imported:
            return Source(instance, type)
        source = self.instances[instance].types[type]
        return self.resource(source.instance, source.index)

    def destructor(self, resource: Source) -> bool | Dropping | Storing | Noting:
        """That of a resource type of an instance's, as `resource` gives it."""
        definition = self.definition(resource.instance)
        return definition.resources[resource.index - definition.imported].destructor

    def form(self, function: Source) -> Form:
        """The form of the function's name, where it was defined."""
        behind = self.behind(function)
        return "plain" if behind.instance == HOST else self.definition(behind.instance).functions[behind.index].form

    def around(self, instance: int) -> list[int]:
        """The numbers of the groups that an instance is in, the outermost first."""
        return [g for g, group in enumerate(self.groups) if instance in group.members]

    def fits(self) -> bool:
        """Whether each instance is given what its imports ask for, of instances before it and the host."""
        return self.groups_nest() and self._parent_apart() and all(
            len(instance.types) == self.definition(i).imported
            and len(instance.functions) == len(self.definition(i).imports)
            and all(self.gives(s, i) for s in (*instance.types, *instance.functions))
            and all(map(self._same_types, [i] * len(instance.functions), range(len(instance.functions))))
            and self._noted_by_another(i, instance)
            for i, instance in enumerate(self.instances)
        ) and self._same_forms()

    def groups_nest(self) -> bool:
        """Each within another or apart from it, and none around the parent."""
        inside = range(1 if self.parent else 0, len(self.instances))
        spans = [set(group.members) for group in self.groups]
        return all(span and span.issubset(inside) for span in spans) and all(
            b <= a or not a & b for i, a in enumerate(spans) for b in spans[i + 1 :]
        )

    def _parent_apart(self) -> bool:
        """Whether the parent, if there is one, has the first definition for itself."""
        definitions = [instance.definition for instance in self.instances]
        return not self.parent or (definitions[0] == 0 and 0 not in definitions[1:])

    def _same_forms(self) -> bool:
        """Whether functions that instances of one definition are given have names of one form."""
        found: dict[tuple[int, int], Form] = {}
        return all(
            found.setdefault((instance.definition, n), form := self.form(source)) == form
            for instance in self.instances for n, source in enumerate(instance.functions)
        )

    def _noted_by_another(self, i: int, instance: Instance) -> bool:
        """An earlier one with core code, or the host: a destructor must be there before the guest is."""
        if not self.definition(i).notes:
            return instance.noted is None
        if instance.noted == HOST:
            return self.host_note is not None
        return instance.noted is not None and instance.noted < i and not self.definition(instance.noted).relay

    def gives(self, source: Source, instance: int) -> bool:
        """Whether *instance* can be given that; a parent has it in time for calls."""
        return source.instance < instance or (self.parent and instance == 0 < source.instance)

    def _same_types(self, instance: int, callee: int) -> bool:
        source, definition = self.instances[instance].functions[callee], self.definition(instance)
        of_host = self.behind(source).instance == HOST
        return of_host == (callee in definition.hosts) and (
            self.linked(instance, definition.imports[callee]) == self.linked(source.instance, self.exported_by(source)))

    def exported(self, export: int) -> Signature:
        """The type of an export of the root, as the instance that it comes from has it."""
        return self.exported_by(self.exports[export])

    def exported_by(self, function: Source) -> Signature:
        """The type of a function, as the instance or host that it comes from has it."""
        if function.instance == HOST:
            return self.host_functions[function.index].signature
        return self.definition(function.instance).exports[function.index]

    def linked(self, instance: int, s: Signature) -> Signature:
        """A function's type in *instance*, with numbers for resource types that mean the same in every instance."""
        def number(type: int) -> int:
            source = self.resource(instance, type)
            return canonical(source)

        return renumbered_signature(s, number)


def may_have(form: Form, s: Signature) -> bool:
    """Whether a function of that type may have a name of that form."""
    match form:
        case "constructor":
            return not s.params and isinstance(s.result, OwnOf)
        case "method":
            return bool(s.params) and isinstance(s.params[0], BorrowOf)
        case "static":
            return bool(resources_in(s))
    return True


def canonical(resource: Source) -> int:
    """A number for a resource type as `HandleBlueprint.resource` gives it, the same in every instance."""
    return resource.instance + 1 << 8 | resource.index


def of_canonical(number: int) -> Source:
    """The inverse of `canonical`."""
    return Source((number >> 8) - 1, number & 0xFF)

"""A component tree after linking: a straight list of steps plus the exports.

No nesting, no aliases and no lookups are left. Everything is named by an index into one of the plan's tables;
definitions that are never needed at run time (types, unused components) are gone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from fact.model.branches import Branch
from fact.model.syntax import CoreModule, Sort
from fact.model.types import CoreFuncType, CoreValType, FuncType, PtrType

_HANDLE = re.compile(r"\b(own|borrow)<(\d+)>")


@dataclass(frozen=True, slots=True)
class ComponentInstance:
    """An instance of a component: the owner of may-leave and may-enter flags. Instance 0 is the root."""

    index: int
    parent: int | None
    name: str
    """Unique in the plan and readable: `root`, `root.greeter`, `root.greeter.2`."""
    given_twice: bool = False
    """It was given one resource type for two abstract types that it imports."""


@dataclass(frozen=True, slots=True)
class InstanceExport:
    """The export *name* of core instance *instance* (the i-th core module instantiated)."""

    instance: int
    name: str
    sort: Sort


@dataclass(frozen=True, slots=True)
class AdapterRef:
    """The core function of adapter *index*: a lower of a lift."""

    index: int


@dataclass(frozen=True, slots=True)
class HostLowerRef:
    """The core function of host lower *index*: a lower of a function that the host provides."""

    index: int


@dataclass(frozen=True, slots=True)
class ScratchMemory(InstanceExport):
    """The export `memory` of the support module called *name*: a memory that no guest sees. *instance* is -1.

    Only `SupportModule.memories` and `CompiledAdapterModule.imports` hold one. That support module stands in the same
    `CompiledAdapterModule.support`, before any that works on its memory; it is instantiated once a store for each name.
    """


SCRATCH: dict[PtrType, ScratchMemory] = {
    "i32": ScratchMemory(-1, "scratch.i32", Sort.CORE_MEMORY),
    "i64": ScratchMemory(-1, "scratch.i64", Sort.CORE_MEMORY),
}
"""What is passed within one component instance goes by way of it."""

HANDLES = "handles"
"""The name of the support module that keeps handle tables."""


@dataclass(frozen=True, slots=True)
class BuiltinRef:
    """The core function of built-in *index*."""

    index: int


CoreItem: TypeAlias = InstanceExport | AdapterRef | HostLowerRef | BuiltinRef
"""Anything a core import can be given. Whatever is not an `InstanceExport` is a function."""


@dataclass(frozen=True, slots=True)
class Options:
    """Canonical options, resolved. *pointer* is the type of addresses and lengths in *memory*: i64 in a 64-bit one."""

    string_encoding: str = "utf8"
    memory: InstanceExport | None = None
    realloc: CoreItem | None = None
    post_return: CoreItem | None = None
    pointer: PtrType = "i32"


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource type at run time: each instance of a component that defines one has its own. `Own.resource` and
    `Borrow.resource` of linked types are its *index*."""

    index: int
    name: str
    """Unique in the plan and readable: `root.shop.item`."""
    instance: int | None
    """The component instance that implements it; None for the host's."""
    dtor: CoreItem | None
    """Of type (i32) -> ()."""
    path: tuple[str, ...] = ()
    """Of the host's: the import's name, or the instance's and the type's."""


BuiltinKind: TypeAlias = Literal["resource.new", "resource.rep", "resource.drop", "context.get", "context.set"]


@dataclass(frozen=True, slots=True)
class Builtin:
    """A canonical built-in as a core function of component instance *instance*.

    *resource* is that of the `resource.` ones, *slot* (0 or 1) that of the `context.` ones. *type* is its core type.
    """

    index: int
    kind: BuiltinKind
    instance: int
    type: CoreFuncType
    name: str
    resource: int | None = None
    slot: int = 0


@dataclass(frozen=True, slots=True)
class Lift:
    """A component function made from core function *callee*; *instance* is the component instance it enters."""

    index: int
    callee: CoreItem
    type: FuncType
    options: Options
    instance: int
    name: str
    """For people: the export or definition name, e.g. `greet`."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """A lower, in component instance *caller*, of lift *lift*.

    *type* is the function type as the caller sees it: labels may differ from the lift's, structure may not.
    """

    index: int
    lift: int
    type: FuncType
    options: Options
    caller: int
    name: str


@dataclass(frozen=True, slots=True)
class HostImport:
    """A function the host provides: *path* is the import's name, or the instance's and the function's."""

    index: int
    path: tuple[str, ...]
    type: FuncType

    @property
    def name(self) -> str:
        return "#".join(self.path)


@dataclass(frozen=True, slots=True)
class HostLower:
    """A lower, in component instance *caller*, of host import *host_import*."""

    index: int
    host_import: int
    type: FuncType
    options: Options
    caller: int
    name: str


@dataclass(frozen=True, slots=True)
class InstantiateModule:
    """Instantiate module *module* as core instance *instance*; *args* in the order of the module's imports."""

    instance: int
    module: int
    args: tuple[CoreItem, ...]
    owner: int
    """Component instance."""
    name: str


@dataclass(frozen=True, slots=True)
class InstantiateAdapters:
    """Instantiate adapter module *adapter_module*."""

    adapter_module: int


@dataclass(frozen=True, slots=True)
class DefineResource:
    """From here on the destructor of *resource* exists. Only resources that have one get a step."""

    resource: int


Step: TypeAlias = InstantiateModule | InstantiateAdapters | DefineResource


@dataclass(frozen=True, slots=True)
class AdapterModule:
    """A group of adapters compiled into one core module.

    *ready* is the core instance after which everything it needs exists (-1: from the start), *due* the first that uses
    one of its adapters (None: only used through lifts that nobody needs before the end), both in the plan's order.
    *apart* says, for people, why the module is not one with a module before it.
    """

    index: int
    adapters: tuple[int, ...]
    ready: int
    due: int | None
    apart: str = ""


@dataclass(frozen=True, slots=True)
class ExportedFunc:
    lift: int


@dataclass(frozen=True, slots=True)
class ExportedHostFunc:
    """A host import exported again."""

    host_import: int


@dataclass(frozen=True, slots=True)
class ExportedInstance:
    exports: tuple[tuple[str, Exported], ...]


@dataclass(frozen=True, slots=True)
class ExportedModule:
    module: int


@dataclass(frozen=True, slots=True)
class ExportedResource:
    resource: int


@dataclass(frozen=True, slots=True)
class ExportedOther:
    """Any other export that cannot be called: a type of values, a component."""

    sort: Sort


Exported: TypeAlias = (
    ExportedFunc | ExportedHostFunc | ExportedInstance | ExportedModule | ExportedResource | ExportedOther
)


@dataclass(frozen=True, slots=True)
class Plan:
    """*steps* holds `InstantiateAdapters` only after `fact.link.partition`, which may also move steps that nobody can
    observe: `steps` is the order of execution, `InstantiateModule.instance` only a name."""

    component_instances: tuple[ComponentInstance, ...]
    modules: tuple[CoreModule, ...]
    steps: tuple[Step, ...]
    lifts: tuple[Lift, ...]
    adapters: tuple[Adapter, ...]
    host_imports: tuple[HostImport, ...]
    host_lowers: tuple[HostLower, ...]
    exports: tuple[tuple[str, Exported], ...]
    adapter_modules: tuple[AdapterModule, ...] = ()
    resources: tuple[Resource, ...] = ()
    builtins: tuple[Builtin, ...] = ()
    core_instances: dict[int, InstantiateModule] = field(init=False, compare=False, repr=False)
    """The step that makes each core instance."""

    def __post_init__(self) -> None:
        made = {step.instance: step for step in self.steps if isinstance(step, InstantiateModule)}
        object.__setattr__(self, "core_instances", made)

    def function_exports(self) -> dict[str, ExportedFunc | ExportedHostFunc]:
        """Every exported function by path; the parts of a path are joined by `#`."""
        found: dict[str, ExportedFunc | ExportedHostFunc] = {}

        def visit(exports: tuple[tuple[str, Exported], ...], prefix: str) -> None:
            for name, item in exports:
                if isinstance(item, ExportedInstance):
                    visit(item.exports, f"{prefix}{name}#")
                elif isinstance(item, ExportedFunc | ExportedHostFunc):
                    found[prefix + name] = item

        visit(self.exports, "")
        return found

    def function_type(self, item: ExportedFunc | ExportedHostFunc) -> FuncType:
        if isinstance(item, ExportedFunc):
            return self.lifts[item.lift].type
        return self.host_imports[item.host_import].type

    def type_text(self, t: FuncType) -> str:
        """A linked type in words, with the names of resources where its own text has their numbers."""
        return self.with_names(str(t))

    def with_names(self, text: str) -> str:
        """*text* about linked types, with the names of resources in them."""
        return _HANDLE.sub(lambda found: f"{found[1]}<{self.resources[int(found[2])].name}>", text)

    def ancestors(self, instance: int) -> tuple[int, ...]:
        """The component instance and all it is nested in, innermost first."""
        chain = [instance]
        while (parent := self.component_instances[chain[-1]].parent) is not None:
            chain.append(parent)
        return tuple(chain)


BUILTINS = -1
"""The index of the module of the built-ins, which is none of the plan's adapter modules."""


@dataclass(frozen=True, slots=True)
class CompiledAdapterModule:
    """What `fact.adapters` makes of an `AdapterModule`, or, with index `BUILTINS`, of all of the plan's built-ins.

    An adapter N is exported as `adapter:N`, a built-in N as `builtin:N`. The module of the built-ins is instantiated
    before the first step; it exports the table `destructors`, of which `DefineResource` fills the resource's element.

    *imports* is in the order of the text's imports; *sites* maps a site number to its description.
    *support* are the hand-written modules that it leans on, each instantiated before it.
    """

    index: int
    wat: str
    imports: tuple[AdapterImport, ...]
    sites: tuple[str, ...]
    support: tuple[SupportModule, ...] = ()
    branches: tuple[Branch, ...] = ()
    """Of *wat*, if it has counters of them (`fact.adapters.branches`)."""


@dataclass(frozen=True, slots=True)
class SupportModule:
    """A hand-written core module over *memories*, which it imports as `memory` `0`, `memory` `1`, in this order.

    The same *wat* serves every plan: the pointer types of the memories are all that it depends on.
    """

    name: str
    """For people and file names, unique for each *wat*: `utf8-to-utf16.i32.i64`."""
    wat: str
    memories: tuple[InstanceExport, ...]
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class SupportImport:
    """The function *name* of `CompiledAdapterModule.support[support]`."""

    support: int
    name: str


@dataclass(frozen=True, slots=True)
class FlagImport:
    """The global `may_leave` or `may_enter` (mutable i32, 1 = true) of component instance *instance*."""

    flag: str
    instance: int


@dataclass(frozen=True, slots=True)
class ContextImport:
    """The global (mutable, *type*) that holds slot *slot* of the storage of the thread that runs in component
    instance *instance*."""

    slot: int
    instance: int
    type: CoreValType


@dataclass(frozen=True, slots=True)
class HostDropImport:
    """The host function `drop(rep: i32)`: the last owner of a resource of the host's is gone."""

    resource: int


@dataclass(frozen=True, slots=True)
class TrapImport:
    """The host function `trap(reason: i32, site: i32)`, which does not return."""


AdapterImport: TypeAlias = (
    InstanceExport | AdapterRef | HostLowerRef | BuiltinRef | FlagImport | ContextImport | HostDropImport | TrapImport
    | SupportImport
)


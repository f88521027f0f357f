"""The abstract syntax of a component, as Binary.md has it: definitions in order, indices unresolved.

Every definition carries *offset*, its first byte in the outermost binary, so that a later stage can say where.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from fact.model.types import CoreFuncType, CoreValType, FuncType, PtrType, ValType


class Sort(Enum):
    """What an index or an export name refers to. Core sorts carry the prefix `core `."""

    CORE_FUNC = "core func"
    CORE_TABLE = "core table"
    CORE_MEMORY = "core memory"
    CORE_GLOBAL = "core global"
    CORE_TAG = "core tag"
    CORE_TYPE = "core type"
    CORE_MODULE = "core module"
    CORE_INSTANCE = "core instance"
    FUNC = "func"
    VALUE = "value"
    TYPE = "type"
    COMPONENT = "component"
    INSTANCE = "instance"

    __hash__ = object.__hash__  # by identity, as equality is: Enum's own hashes the name, in Python

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class SortIndex:
    sort: Sort
    index: int


# -- core modules


@dataclass(frozen=True, slots=True)
class CoreImport:
    module: str
    name: str
    sort: Sort
    type: CoreFuncType | None
    """Of functions only."""
    pointer: PtrType | None = None
    """Of memories only: the type of their addresses."""


@dataclass(frozen=True, slots=True)
class CoreExport:
    name: str
    sort: Sort
    type: CoreFuncType | None
    """Of functions only."""
    pointer: PtrType | None = None
    """Of memories only: the type of their addresses."""


@dataclass(frozen=True, slots=True)
class CoreModule:
    """A core module definition; *binary* is the whole module."""

    offset: int
    binary: bytes
    imports: tuple[CoreImport, ...]
    exports: tuple[CoreExport, ...]
    has_start: bool
    has_active_segments: bool
    name: str | None = None
    """From the module's own name section."""
    segments_in_bounds: bool = False
    """There are active segments, and each is known to lie within what its memory or table is at least."""
    writes_imports: bool = False
    """Some active segment goes to an imported memory or table. Known only if the segments are in bounds."""
    may_fail: bool = False
    """Instantiation may fail otherwise: a constant expression allocates, or a memory or table is very large."""


# -- types


@dataclass(frozen=True, slots=True)
class CoreTypeDef:
    """A core type definition other than a module type; *type* only for function types."""

    offset: int
    type: CoreFuncType | None


@dataclass(frozen=True, slots=True)
class CoreModuleType:
    offset: int
    imports: tuple[CoreImport, ...]
    exports: tuple[CoreExport, ...]


@dataclass(frozen=True, slots=True)
class ResourceType:
    rep: CoreValType
    dtor: int | None
    """Core function index."""


@dataclass(frozen=True, slots=True)
class TypeBound:
    """`(eq i)` when *eq* is a type index, else `(sub resource)`."""

    eq: int | None


@dataclass(frozen=True, slots=True)
class ExternType:
    """The type of an import or export. *index* is the type index (core type index for a core module);
    for sort `type` it is None and *bound* is given."""

    sort: Sort
    index: int | None
    bound: TypeBound | None = None


@dataclass(frozen=True, slots=True)
class InstanceType:
    """Declarations in order: core types, types, aliases (outer, or of an instance's export), exports."""

    declarations: tuple[Declaration, ...]


@dataclass(frozen=True, slots=True)
class ComponentType:
    """As `InstanceType`, with imports."""

    declarations: tuple[Declaration, ...]


DefType: TypeAlias = ValType | FuncType | InstanceType | ComponentType | ResourceType


@dataclass(frozen=True, slots=True)
class TypeDef:
    offset: int
    type: DefType


# -- instances and aliases


@dataclass(frozen=True, slots=True)
class CoreInstantiate:
    offset: int
    module: int
    args: tuple[tuple[str, int], ...]
    """Name, core instance index."""


@dataclass(frozen=True, slots=True)
class CoreInlineExports:
    offset: int
    exports: tuple[tuple[str, SortIndex], ...]


@dataclass(frozen=True, slots=True)
class Instantiate:
    offset: int
    component: int
    args: tuple[tuple[str, SortIndex], ...]


@dataclass(frozen=True, slots=True)
class InlineExports:
    offset: int
    exports: tuple[tuple[str, SortIndex], ...]


@dataclass(frozen=True, slots=True)
class AliasExport:
    offset: int
    sort: Sort
    instance: int
    name: str


@dataclass(frozen=True, slots=True)
class AliasCoreExport:
    offset: int
    sort: Sort
    instance: int
    name: str


@dataclass(frozen=True, slots=True)
class AliasOuter:
    """*count* enclosing scopes outwards, 0 being the current one."""

    offset: int
    sort: Sort
    count: int
    index: int


# -- canonical definitions


@dataclass(frozen=True, slots=True)
class CanonOptions:
    """The `canonopt`s of one definition; memories and functions by core index."""

    string_encoding: str | None = None
    """`utf8`, `utf16`, `latin1+utf16`, or None when not given (then utf8)."""
    memory: int | None = None
    realloc: int | None = None
    post_return: int | None = None


@dataclass(frozen=True, slots=True)
class CanonLift:
    offset: int
    core_func: int
    options: CanonOptions
    type: int


@dataclass(frozen=True, slots=True)
class CanonLower:
    offset: int
    func: int
    options: CanonOptions


@dataclass(frozen=True, slots=True)
class CanonResource:
    """`resource.new`, `resource.drop` or `resource.rep`, by *builtin*."""

    offset: int
    builtin: str
    type: int


@dataclass(frozen=True, slots=True)
class CanonContext:
    """`context.get` or `context.set`, by *builtin*, of a value of type *type*."""

    offset: int
    builtin: str
    type: PtrType
    slot: int


# -- imports, exports, components


@dataclass(frozen=True, slots=True)
class Import:
    offset: int
    name: str
    type: ExternType


@dataclass(frozen=True, slots=True)
class Export:
    offset: int
    name: str
    item: SortIndex
    type: ExternType | None


@dataclass(frozen=True, slots=True)
class ExportDecl:
    """An export declared inside an instance or component type."""

    offset: int
    name: str
    type: ExternType


Declaration: TypeAlias = CoreTypeDef | CoreModuleType | TypeDef | AliasExport | AliasOuter | Import | ExportDecl


@dataclass(frozen=True, slots=True)
class CustomSection:
    offset: int
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Component:
    """A component; *definitions* in the order of the binary, custom sections apart.

    *names* come from the `component-name` section and are only ever printed.
    """

    offset: int
    definitions: tuple[Definition, ...]
    custom_sections: tuple[CustomSection, ...] = ()
    name: str | None = None
    names: dict[SortIndex, str] = field(default_factory=dict, hash=False)


Definition: TypeAlias = (
    CoreModule | CoreInstantiate | CoreInlineExports | CoreTypeDef | CoreModuleType | Component | Instantiate
    | InlineExports | AliasExport | AliasCoreExport | AliasOuter | TypeDef | CanonLift | CanonLower
    | CanonResource | CanonContext | Import | Export
)

"""The host's side: what the root's imports are given.

Functions and resources are the plan's to list and the host's to provide; modules and components, whose insides linking
needs, come from the `Environment`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from fact.errors import LinkError, Unsupported
from fact.link.environment import Environment, Path
from fact.link.items import ComponentItem, Item, Scope
from fact.link.limits import MAX_NESTING
from fact.link.tables import Tables
from fact.link.types import component_type, func_type, module_type
from fact.model.syntax import CoreExport, CoreImport, CoreModule, CoreModuleType, ExternType, Sort

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Host:
    """The host, or the instance at *path* among what it gives."""

    tables: Tables
    environment: Environment
    path: Path = ()

    def item(self, name: str, t: ExternType, scope: Scope) -> Item:
        path = (*self.path, name)
        match t.sort:
            case Sort.FUNC:
                return self.tables.host_func(path, func_type(scope, t.index))
            case Sort.TYPE:
                assert t.bound is not None
                if t.bound.eq is not None:
                    return scope.get(Sort.TYPE, t.bound.eq)
                return self.tables.host_resource(self.environment.same_resource.get(path, path))
            case Sort.CORE_MODULE:
                module = _provided(self.environment.modules, "modules", path, t.sort)
                _check_module(module, module_type(scope, t.index), path)
                return self.tables.module(module)
            case Sort.COMPONENT:
                component = _provided(self.environment.components, "components", path, t.sort)
                return ComponentItem(component, None, component_type(scope, t.index))
            case sort:
                raise Unsupported(f"{sort} import {'#'.join(path)!r} of the root")

    def inside(self, name: str) -> Host:
        if len(self.path) == MAX_NESTING:
            raise Unsupported(f"imported instances nested more than {MAX_NESTING} deep")
        return replace(self, path=(*self.path, name))


def _provided(table: Mapping[Path, T], field: str, path: Path, sort: Sort) -> T:
    found = table.get(path)
    if found is None:
        raise Unsupported(f"{sort} import {'#'.join(path)!r} of the root without Environment.{field}[{path!r}]")
    return found


def _check_module(module: CoreModule, declared: CoreModuleType, path: Path) -> None:
    """Whether *module* can stand for one of type *declared*, as far as names, sorts, types of functions and of
    addresses go. Explainer.md, "Import and Export Definitions": it may export more and import less."""
    name = "#".join(path)
    exports = {export.name: _kind(export) for export in module.exports}
    for export in declared.exports:
        if exports.get(export.name) != _kind(export):
            raise LinkError(f"the module for {name!r} has no export {_described(export)}: {_kinds(module.exports)}")
    imports = {(wanted.module, wanted.name): _kind(wanted) for wanted in declared.imports}
    for wanted in module.imports:
        if imports.get((wanted.module, wanted.name)) != _kind(wanted):
            raise LinkError(
                f"the module for {name!r} has an import {_described(wanted)}, which its declared type does not have"
            )


def _kind(extern: CoreExport | CoreImport) -> tuple[object, ...]:
    """What has to be equal. Reference types may be subtypes of each other, so that they count as one."""
    if extern.type is None:
        return extern.sort, extern.pointer
    return extern.sort, *(
        tuple("ref" if t.endswith("ref") else t for t in types) for types in (extern.type.params, extern.type.results)
    )


def _described(extern: CoreExport | CoreImport) -> str:
    detail = "" if extern.type is None else f" {extern.type}"
    module = f"{extern.module!r} " if isinstance(extern, CoreImport) else ""
    return f"{module}{extern.name!r} ({extern.sort}{detail})"


def _kinds(exports: Sequence[CoreExport]) -> str:
    return f"it has {', '.join(map(_described, exports)) or 'none'}"

"""The host's side: what the root's imports are given.

Functions and resources are the plan's to list and the host's to provide; modules and components, whose insides linking
needs, come from the `Environment`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fact.errors import Unsupported
from fact.link.declared import declared_instance
from fact.link.environment import Environment, Path
from fact.link.items import ComponentItem, Item, Scope
from fact.link.tables import Tables
from fact.link.types import component_type, func_type, instance_type
from fact.model.syntax import ExternType, Sort


@dataclass(frozen=True, slots=True)
class Host:
    """The host, or the instance at *path* among what it gives."""

    tables: Tables
    environment: Environment
    path: Path = ()

    def item(self, name: str, t: ExternType, scope: Scope) -> Item:
        """What the host gives; `Unsupported` for a module or component that the environment does not have."""
        path = (*self.path, name)
        match t.sort:
            case Sort.FUNC:
                return self.tables.host_func(path, func_type(scope, t.index))
            case Sort.INSTANCE:
                return declared_instance(instance_type(scope, t.index), replace(self, path=path))
            case Sort.TYPE:
                assert t.bound is not None
                if t.bound.eq is not None:
                    return scope.get(Sort.TYPE, t.bound.eq)
                return self.tables.host_resource(self.environment.same_resource.get(path, path))
            case Sort.CORE_MODULE if path in self.environment.modules:
                return self.tables.module(self.environment.modules[path])
            case Sort.COMPONENT if path in self.environment.components:
                return ComponentItem(self.environment.components[path], None, component_type(scope, t.index))
            case sort:
                raise Unsupported(f"{sort} import {'#'.join(path)!r} of the root, which the environment does not give")

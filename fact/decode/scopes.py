"""The scopes around the definition being decoded, as far as decoding depends on them.

Scopes are components, component types, instance types and core module types. The imports and exports of a module type
name function types by index and through outer aliases; `CoreModuleType` holds the function types themselves.
"""

from __future__ import annotations

from fact.errors import Malformed, Unsupported
from fact.model.syntax import CoreTypeDef
from fact.model.types import CoreFuncType

MAX_DEPTH = 128
"""Scopes within scopes, counting the outermost component. Validation stops at 100 for types."""


class Scope:
    """The core type index space of one scope; None stands for whatever is not a function type."""

    __slots__ = ("core_types", "scopes")

    def __init__(self, enclosing: tuple[Scope, ...] = ()) -> None:
        self.core_types: list[CoreFuncType | None] = []
        self.scopes: tuple[Scope, ...] = (*enclosing, self)

    def inner(self, offset: int) -> Scope:
        """A fresh scope inside this one, for the construct at *offset*."""
        if len(self.scopes) == MAX_DEPTH:
            raise Unsupported(f"nesting of components and types deeper than {MAX_DEPTH}", offset)
        return Scope(self.scopes)

    def define(self, definitions: list[CoreTypeDef]) -> None:
        self.core_types += [definition.type for definition in definitions]

    def define_alias(self, count: int, index: int, offset: int) -> None:
        """Binds a new core type to type *index* of the scope *count* scopes outwards."""
        if count >= len(self.scopes):
            raise Malformed(f"outer alias {count} scopes outwards: there are only {len(self.scopes) - 1}", offset)
        types = self.scopes[-1 - count].core_types
        if index >= len(types):
            raise Malformed(f"outer alias of core type {index}: only {len(types)} are defined", offset)
        self.core_types.append(types[index])


def func_type(types: list[CoreFuncType | None], index: int, offset: int) -> CoreFuncType:
    """The function type at *index* of a core type index space, named at *offset*."""
    found = types[index] if index < len(types) else None
    if found is None:
        raise Malformed(f"core type {index} is not a function type", offset)
    return found

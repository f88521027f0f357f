"""A component instance while its definitions are being read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fact.link.declared import Source
from fact.link.items import ComponentItem, Item, Scope
from fact.model.syntax import Definition, Export, Sort, SortIndex
from fact.model.types import PtrType


@dataclass(slots=True)
class Frame:
    """Component instance *index* of the plan: its scope and exports so far, the definitions yet to be read, and how its
    imports are satisfied."""

    index: int
    name: str
    depth: int
    component: ComponentItem
    imports: Source
    scope: Scope
    exports: dict[str, tuple[Sort, Item]] = field(default_factory=dict)
    rest: Iterator[Definition] = field(init=False)
    context_type: PtrType | None = None
    """Of the values in context storage, once a built-in has said it."""
    resources: list[int] = field(default_factory=list)
    """Those given for the abstract resource types that it imports, by themselves or in an instance."""
    _exported_types: dict[int, str] | None = None

    def __post_init__(self) -> None:
        self.scope.limits.spend(len(self.component.syntax.definitions))
        self.rest = iter(self.component.syntax.definitions)

    def label(self, sort: Sort, otherwise: str) -> str:
        """The name that the component's name section gives to what the index space of *sort* gets next."""
        return self.component.syntax.names.get(SortIndex(sort, len(self.scope.spaces[sort])), otherwise)

    def exported_type(self, index: int) -> str | None:
        """The name that type *index* is first exported under."""
        if self._exported_types is None:
            self._exported_types = {}
            for definition in self.component.syntax.definitions:
                if isinstance(definition, Export) and definition.item.sort is Sort.TYPE:
                    self._exported_types.setdefault(definition.item.index, definition.name)
        return self._exported_types.get(index)

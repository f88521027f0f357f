"""A scope: a component definition while it is being drawn, and what can be imported from in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from generators.blueprint import Child, Definition, Guest, Import, Item, Ref, Relift, Signature
from generators.wiring import Instance, Node, Provided, functions


@dataclass(slots=True, eq=False)
class Provider:
    """Something a node can import from. *whole*: it is an instance that can be passed on as one."""

    ref: Ref
    provided: Provided
    whole: bool


@dataclass(slots=True, eq=False)
class Scope:
    home: Scope | None
    """The scope whose text holds this one's."""
    imports: list[Import]
    instance: Instance
    depth: int = 0
    """Of instances; the text may be less deeply nested."""
    items: list[Item] = field(default_factory=list)
    providers: list[Provider] = field(default_factory=list)
    types: dict[Signature, None] = field(default_factory=dict)
    index: int | None = None
    """The definition's number once it is complete."""

    @property
    def chain(self) -> list[Scope]:
        """The scope and those whose text holds it, innermost first."""
        return [self] if self.home is None else [self, *self.home.chain]


@dataclass(slots=True, eq=False)
class Draft:
    """A definition as complete as it can be before its home has a number."""

    home: Scope | None
    definition: Definition


def new_scope(parent: Scope | None, home: Scope | None, imports: list[Import], provided: Sequence[Provided]) -> Scope:
    """A scope instantiated in *parent*, its text in *home*."""
    instance = Instance(-1, None if parent is None else parent.instance, tuple(provided))
    scope = Scope(home, imports, instance, 0 if parent is None else parent.depth + 1)
    scope.providers = [Provider(Ref("import", i), p, isinstance(p, dict)) for i, p in enumerate(instance.imports)]
    return scope


def paths(provided: Provided) -> list[tuple[tuple[str, ...], Node]]:
    return [((), provided)] if isinstance(provided, Node) else list(functions(provided))


def extended(ref: Ref, path: tuple[str, ...]) -> Ref:
    return Ref(ref.source, ref.index, (*ref.path, *path)) if path else ref


def function_count(item: Item) -> int:
    assert isinstance(item, Guest)
    return len(item.functions)


def guest_count(drafts: Sequence[Draft], index: int) -> int:
    """How many guests are in one instance of definition *index*."""
    items = drafts[index].definition.items
    return sum(
        guest_count(drafts, item.definition) if isinstance(item, Child) else isinstance(item, Guest) for item in items
    )


def signatures_used(scope: Scope) -> dict[Signature, None]:
    """The function types that the definition's text mentions."""
    used: dict[Signature, None] = {}
    for i in scope.imports:
        used.update(dict.fromkeys(s for _, s in i.members) if i.signature is None else {i.signature: None})
    for item in scope.items:
        if isinstance(item, Guest):
            used.update(dict.fromkeys(f.signature for f in item.functions))
        elif isinstance(item, Relift):
            used[item.signature] = None
    return used

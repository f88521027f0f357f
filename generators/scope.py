"""A scope: a component definition while it is being drawn, and what can be imported from in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st
from msgspec.structs import replace

from generators.axes import Axes
from generators.blueprint import (
    Bundle,
    Child,
    Code,
    Definition,
    Export,
    Guest,
    Import,
    Item,
    Ref,
    Relift,
    Signature,
)
from generators.drawing import pick, seldom
from generators.types import Palette
from generators.wiring import Instance, Node, Provided, functions

SELF = -1
"""In place of a definition's number, in its own imports, until it has one."""


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
    parent: Scope | None
    """The scope that instantiates this one, first."""
    imports: list[Import]
    instance: Instance
    depth: int = 0
    """Of instances; the text may be less deeply nested."""
    items: list[Item] = field(default_factory=list)
    providers: list[Provider] = field(default_factory=list)
    codes: list[tuple[Ref, Code]] = field(default_factory=list)
    """Code that imports and instances provide."""
    types: dict[Signature, None] = field(default_factory=dict)
    index: int | None = None
    """The definition's number once it is complete."""

    @property
    def chain(self) -> list[Scope]:
        """The scope and those whose text holds it, innermost first."""
        return [self] if self.home is None else [self, *self.home.chain]

    def demand(self, used: Import, provided: Provided) -> Ref:
        """One import more, for which whoever instantiates the scope has to find an argument."""
        self.imports.append(used)
        self.instance.imports = (*self.instance.imports, provided)
        return Ref("import", len(self.imports) - 1)


@dataclass(slots=True, eq=False)
class Draft:
    """A definition as complete as it can be before its home has a number."""

    home: Scope | None
    definition: Definition


@dataclass(slots=True)
class Growth:
    """The definitions of one case as they are drawn; *drafts* has those that are complete, in order.

    *reentrance*: components may call their own lifts. *memory64*: guests may have 64-bit memories. *axes*: what to do
    without.
    """

    draw: st.DrawFn
    types: Palette
    axes: Axes
    reentrance: bool
    memory64: bool
    drafts: list[Draft] = field(default_factory=list)

    def add(self, scope: Scope, item: Item) -> Ref:
        """The next item of *scope*; one that has functions is a provider from now on."""
        ref = Ref("item", len(scope.items))
        provided = scope.instance.add(item, [draft.definition for draft in self.drafts])
        scope.items.append(item)
        if not isinstance(item, Bundle) and paths(provided):
            scope.providers.append(Provider(ref, provided, isinstance(item, Child)))
        return ref

    def complete(self, scope: Scope, exports: Sequence[Export]) -> int:
        """Closes *scope* and returns its number. Its named types go into it or into an enclosing definition."""
        outer_types: tuple[int, ...] = ()
        used = signatures_used(scope)
        if used and seldom(self.draw, 3):
            chain = scope.chain
            levels = pick(self.draw, range(len(chain)))
            chain[levels].types.update(used)
            outer_types = (levels,) if levels else ()
        scope.index = len(self.drafts)
        imports = tuple(self._placed(_numbered(i, scope.index), len(scope.chain)) for i in scope.imports)
        definition = Definition(None, imports, tuple(scope.items), tuple(exports), tuple(scope.types), outer_types)
        self.drafts.append(Draft(scope.home, definition))
        return scope.index

    def _placed(self, used: Import, definitions: int) -> Import:
        """*used* with its type further out, sometimes: in one of so many *definitions* around each other."""
        if used.signature is not None or definitions == 1 or not self.axes.on("import type", "further out"):
            return used
        further_out = seldom(self.draw, 4 if used.code or used.library else 12)
        return replace(used, levels=pick(self.draw, range(1, definitions))) if further_out else used

    def definitions(self) -> tuple[Definition, ...]:
        return tuple(
            replace(draft.definition, home=None if draft.home is None else draft.home.index) for draft in self.drafts
        )


def _numbered(used: Import, number: int) -> Import:
    """*used* with *number* in place of `SELF`."""
    def own(code: Code) -> Code:
        return Code(number, code.item) if code.definition == SELF else code

    if used.code is None and not used.library:
        return used
    return replace(used, code=used.code and own(used.code), library=tuple((n, own(c)) for n, c in used.library))


def new_scope(parent: Scope | None, home: Scope | None, imports: list[Import], provided: Sequence[Provided]) -> Scope:
    """A scope instantiated in *parent*, its text in *home*."""
    instance = Instance(-1, None if parent is None else parent.instance, tuple(provided))
    scope = Scope(home, parent, imports, instance, 0 if parent is None else parent.depth + 1)
    scope.providers = [Provider(Ref("import", i), p, isinstance(p, dict)) for i, p in enumerate(instance.imports)]
    return scope


def paths(provided: Provided) -> list[tuple[tuple[str, ...], Node]]:
    """The functions in it, by path."""
    if isinstance(provided, Node):
        return [((), provided)]
    return [] if isinstance(provided, Code) else list(functions(provided))


def extended(ref: Ref, path: tuple[str, ...]) -> Ref:
    return Ref(ref.source, ref.index, (*ref.path, *path)) if path else ref


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

"""Definitions of a component graph that are known, by number, as the generator knows what it has drawn."""

from __future__ import annotations

from collections.abc import Sequence

from generators.graphs import (
    LOG,
    Alias,
    BuiltIn,
    CoreInstance,
    Definition,
)
from generators.graphs_core import Code, CoreFunc, Table
from generators.graphs_facts import (
    CoreExports,
    CoreFacts,
    CoreFn,
    Effects,
    Exports,
    Facts,
    Generative,
    Plain,
    core_type,
)
from generators.graphs_scope import Item, Scope
from generators.mutation.graphs_fitting import require

_ONE = CoreFunc(("i32",), ("i32",))
_LOGS = CoreFunc(("i64",))
_TAKES, _GIVES = CoreFunc(("i32",)), CoreFunc((), ("i32",))


class Known:
    """*items* by number, and the scopes that they are in."""

    def __init__(self) -> None:
        self.items: dict[int, Item] = {}
        self.homes: dict[int, Scope] = {}

    def note(self, scope: Scope, number: int, sort: str, facts: Facts, *, item: bool = True) -> Item:
        made = Item(sort, facts, number)
        self.items[number], self.homes[number] = made, scope
        if item:
            scope.items.append(made)
        return made

    def there(self, scope: Scope, number: int, *sorts: str) -> Item:
        """Item *number* of this very scope."""
        require(number in self.items and self.homes[number] is scope, f"{number} is not there")
        found = self.items[number]
        require(found.sort in sorts, f"{number} is a {found.sort}, not a {sorts[0]}")
        return found

    def function(self, scope: Scope, number: int | None) -> CoreFn | None:
        if number is None:
            return None
        facts = self.there(scope, number, "core func").facts
        assert isinstance(facts, CoreFn)
        return facts

    def memory(self, scope: Scope, number: int | None) -> Plain | None:
        if number is None:
            return None
        facts = self.there(scope, number, "core memory").facts
        assert isinstance(facts, Plain)
        return facts

    def ahead(self, number: int, later: Sequence[Definition]) -> Facts | None:
        if number in self.items:
            return self.items[number].facts
        alias = next((d for d in later if d.id == number), None)
        if isinstance(alias, Alias) and isinstance(of := self.ahead(alias.instance, later), Exports):
            return of.exports.get(alias.name, (None, None))[1]
        return None

    def aliased(self, scope: Scope, number: int, sort: str, facts: Facts, of: Item, name: str) -> None:
        """The item that is there already gets its number."""
        for item in scope.items:
            if item.instance is of and item.name == name and item.id is None:
                item.id = number
                self.items[number], self.homes[number] = item, scope
                return
        self.note(scope, number, sort, facts)

    def given(
        self, scope: Scope, code: Code, args: Sequence[tuple[str, int]]
    ) -> dict[tuple[str, str], CoreFacts]:
        """What a core instance is given, by instance and field."""
        numbers, found = dict(args), dict[tuple[str, str], CoreFacts]()
        for i in code.imports:
            require(i.instance in numbers, f"nothing given as {i.instance}")
            if numbers[i.instance] == LOG:
                require(i.field == "log" and i.type == _LOGS, "the log has no such export")
                continue
            of = self.there(scope, numbers[i.instance], "core instance").facts
            assert isinstance(of, CoreExports)
            require(i.field in of.exports, f"no export {i.field}")
            have = core_type(of.exports[i.field])
            larger = isinstance(have, Table) and isinstance(i.type, Table) and have.size >= i.type.size
            require(have == i.type or larger, f"{i.field} is of another type")
            found[i.instance, i.field] = of.exports[i.field]
        return found

    def pinned(self, scope: Scope, function: CoreFn | None) -> bool:
        """Whether a core instance was given that very function before: wasmtime 50 aborts if an adapter is first needed
        otherwise (corpus/findings/destructor-adapter-abort.wast)."""
        return any(f is function for d in scope.body if isinstance(d, CoreInstance) for _, i in d.args
                   if i in self.items for f in getattr(self.items[i].facts, "exports", {}).values())

    def resource(self, scope: Scope, number: int, destructor: CoreFn | None) -> None:
        if destructor is not None:
            require(destructor.type == _TAKES, "a destructor of another type")
            pinned = destructor.kind != "adapter" or self.pinned(scope, destructor)
            require(pinned, "an adapter that is first needed as a destructor")
        made = self.note(scope, number, "resource", Generative())
        made.name = "" if destructor is None or not any(destructor.wants) else "traps"

    def built_in(self, scope: Scope, d: BuiltIn) -> None:
        if d.resource is None:
            self.note(scope, d.id, "core func", CoreFn(_TAKES if d.kind == "context.set" else _GIVES, "built-in"))
            return
        of = self.there(scope, d.resource, "resource", "type")
        own = of.sort == "resource"
        require(isinstance(of.facts, Generative) and (own or d.kind == "resource.drop"), "no resource type of its own")
        handle, leaving = f"handle{d.resource}", Effects(leaves=True)
        match d.kind:
            case "resource.new":
                facts = CoreFn(_ONE, "built-in", leaving, (), handle)
            case "resource.rep":
                facts = CoreFn(_ONE, "built-in", Effects(), (handle,))
            case _:
                facts = CoreFn(_TAKES, "built-in", leaving, (handle,))
        made = self.note(scope, d.id, "core func", facts)
        made.name = f"{d.kind} {d.resource}"

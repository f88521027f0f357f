"""What drawn topologies reach, counted over the blueprints of two seeds: every form several times, none too often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

import pytest

from generators.axes import Axes
from generators.blueprint import Blueprint, Bundle, Child, Definition, Guest, Ref
from generators.bodies import COST_LIMIT
from generators.cases import blueprints
from generators.stream import examples
from generators.typetext import provided
from generators.wiring import Instance, Node, functions, instances, reached, wire

DRAWN = 600

NO_SMALL_ONES = frozenset({("size", "small")})
"""Cases of one boundary have no topology to speak of."""


@lru_cache(maxsize=1)
def drawn() -> Sequence[Blueprint]:
    """From a stream with swarm: what one batch does without, another has more of."""
    return tuple(examples(8, DRAWN, lambda axes: blueprints(axes=Axes(axes.off | NO_SMALL_ONES))))


@lru_cache(maxsize=1)
def counted() -> Counter[str]:
    """In how many cases each fact holds."""
    return Counter(fact for blueprint in drawn() for fact in set(facts(blueprint)))


def facts(b: Blueprint) -> Iterator[str]:
    root = wire(b)
    yield from graph_facts(root)
    for d, definition in enumerate(b.definitions):
        where = "the root" if definition.home is None else "another"
        yield from import_facts(definition, where)
        yield from export_facts(b, definition, where)
        for item in definition.items:
            yield from item_facts(b, d, definition, item)


def graph_facts(root: Instance) -> Iterator[str]:
    everything = list(instances(root))
    lowered = {i: [n for imports in i.guests.values() for n in imports if n is not None] for i in everything}
    for instance in everything:
        yield f"{depth(instance)} levels deep"
        used = {n.owner for n in lowered[instance]}
        if used & set(ancestors(instance)):
            yield "child calls parent"
        if any(owner is not None and instance in ancestors(owner) for owner in used):
            yield "parent calls child"
        if depth(instance) > 2 and any(n.kind == "host" for n in lowered[instance]):
            yield "a host function three levels down"
        users = sum(instance in {n.owner for n in lowered[other]} for other in everything if other is not instance)
        yield from (f"{n} use one" for n in range(1, users + 1))
    with_guests = sum(bool(i.guests) for i in everything)
    yield "more than six" if with_guests > 6 else "six or fewer"
    numbers = [i.definition for i in everything]
    if len(set(numbers)) < len(numbers):
        yield "two instances of one definition"


def ancestors(instance: Instance) -> list[Instance]:
    return [] if instance.parent is None else [instance.parent, *ancestors(instance.parent)]


def depth(instance: Instance) -> int:
    return len(ancestors(instance))


def import_facts(definition: Definition, where: str) -> Iterator[str]:
    for used in definition.imports:
        for code in (*([used.code] if used.code else []), *(c for _, c in used.library)):
            way = "imports" if used.code else "imports, in an instance,"
            yield f"{way} {'a component' if code.item is None else 'a core module'}"
        if used.levels:
            yield f"{'code' if used.code or used.library else 'an instance'} of a type from further out"
        if used.members:
            yield f"{'nested' if any('#' in name for name, _ in used.members) else 'flat'} instance"
        if ":" in used.name:
            yield f"{where} imports {'a version' if '@' in used.name else 'an interface'}"


def export_facts(b: Blueprint, definition: Definition, where: str) -> Iterator[str]:
    for export in definition.exports:
        ref = export.ref
        if ref.code is not None:
            yield f"{where} exports a {ref.source}"
            continue
        whole = isinstance(provided(b, definition, ref), dict)
        if whole and ref.source == "import":
            yield f"{where} exports an imported instance again"
        elif whole and ref.path:
            yield f"{where} exports an instance inside a child"
        if ":" in export.name:
            yield f"{where} exports {'a version' if '@' in export.name else 'an interface'}"
    found = [export.ref for export in definition.exports]
    if len(set(found)) < len(found):
        yield "exported twice"


def item_facts(b: Blueprint, d: int, definition: Definition, item: object) -> Iterator[str]:
    chain = b.chain(d)
    match item:
        case Guest(levels=levels, module=module):
            yield f"core module {levels} levels out" if module is None else "a core module from elsewhere"
        case Bundle(entries=entries):
            yield from (f"{ref.source} in inline exports" for _, ref in entries if ref.code is not None)
        case Child(definition=inner, given=Ref(source=source, path=path)):
            yield f"component from an {source}{', exported' if path and b.definitions[inner] else ''}"
        case Child(definition=inner, args=args):
            yield f"component {chain.index(b.definitions[inner].home or 0)} levels out" if (
                b.definitions[inner].home in chain
            ) else "component out of sight"
            for used, arg in zip(b.definitions[inner].imports, args, strict=True):
                if used.code is not None and arg.source == "component" and arg.index != used.code.definition:
                    yield "another component of the same type"
    if isinstance(item, Child) and is_virtual(b.definitions[item.definition]):
        yield "virtual"
        arg = item.args[0]
        if definition.home is None and (arg.source == "import" or hands_on_host(definition, arg)):
            yield "virtual host"


def hands_on_host(definition: Definition, arg: Ref) -> bool:
    """Whether *arg* is inline exports of what the root imports."""
    item = definition.items[arg.index] if arg.source == "item" else None
    return isinstance(item, Bundle) and all(ref.source == "import" for _, ref in item.entries)


def is_virtual(definition: Definition) -> bool:
    """Whether it exports, alone or as an instance, names as those in its one import, handed on or its guest's."""
    if len(definition.imports) < 1 or not definition.imports[0].members or not definition.exports:
        return False
    wanted = {name.partition("#")[0] for name, _ in definition.imports[0].members}
    if {export.name for export in definition.exports} == wanted:
        return True
    (export, *others) = definition.exports
    return not others and export.name == definition.imports[0].name


OFTEN, SELDOM = 100, 500
"""One in so many cases, at least."""

REACHED = {
    **dict.fromkeys((
        "parent calls child", "child calls parent", "1 levels deep", "2 levels deep", "3 levels deep", "4 levels deep",
        "1 use one", "2 use one", "3 use one", "4 use one", "six or fewer", "more than six",
        "two instances of one definition", "a host function three levels down", "imports a component",
        "imports a core module", "imports, in an instance, a core module", "an instance of a type from further out",
        "nested instance", "flat instance", "the root imports a version", "the root imports an interface",
        "another imports a version", "another imports an interface", "the root exports a version",
        "the root exports an interface", "another exports a version", "another exports an interface",
        "another exports a component", "exported twice", "core module 0 levels out", "core module 1 levels out",
        "core module 2 levels out", "a core module from elsewhere", "module in inline exports",
        "component in inline exports", "component from an import", "component from an item, exported",
        "component 0 levels out", "component 1 levels out", "component 2 levels out", "virtual", "virtual host",
        "another exports an imported instance again",
    ), OFTEN),
    **dict.fromkeys((
        "5 use one", "imports, in an instance, a component", "code of a type from further out",
        "another exports a module", "the root exports a module", "component from an import, exported",
        "another exports an instance inside a child", "core module 3 levels out", "component 3 levels out",
        "another component of the same type",
    ), SELDOM),
}


def test_every_form_is_drawn() -> None:
    """Several times as often as the limits say, when this was written."""
    assert not {fact: counted()[fact] for fact in REACHED if counted()[fact] * REACHED[fact] < DRAWN}


def test_large_cases_are_a_minority() -> None:
    assert 0.01 * DRAWN < counted()["more than six"] < 0.1 * DRAWN
    assert counted()["component out of sight"] == 0


def test_twelve_components_with_guests_are_drawn_and_no_more() -> None:
    sizes = Counter(sum(bool(i.guests) for i in instances(wire(blueprint))) for blueprint in drawn())
    assert max(sizes) <= 12 + 2, "recursion may need one more, in a component of which there are two"
    assert set(range(1, 7)) < set(sizes)
    assert sum(size > 9 for size in sizes) >= 2


def test_every_call_ends() -> None:
    """A guest calls only functions that make few calls, hence none makes many more."""
    for blueprint in drawn():
        for node in reached(blueprint, wire(blueprint)):
            assert all(callee.cost <= COST_LIMIT for _, callee in node.calls() if node.kind == "relift")
            assert node.cost < 4000


@pytest.mark.parametrize(("off", "fact"), [
    ({("code from", "import"), ("code from", "import in an instance")}, "a core module from elsewhere"),
    ({("passed as", "nested"), ("exported as", "nested"), ("node", "virtual")}, "nested instance"),
    ({("import type", "further out")}, "an instance of a type from further out"),
])
def test_axes_switch_forms_off(off: set[tuple[str, str]], fact: str) -> None:
    axes = Axes(frozenset(off))
    assert fact not in {f for b in examples(4, 40, blueprints(axes=axes)) for f in facts(b)}


def test_functions_are_found_at_every_depth_of_the_roots_exports() -> None:
    deep = [path for b in drawn() for path, _ in functions(wire(b).exports) if len(path) > 2]
    assert deep
    assert all(isinstance(node, Node) for b in drawn()[:50] for _, node in functions(wire(b).exports))

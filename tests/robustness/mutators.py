"""Mutants of component binaries: a list of seeds and a number always give the same mutant.

Most mutations edit parts (definitions, sections, indices, names), after which counts and lengths are right again: such
mutants get past the decoder. The others edit bytes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cached_property

from byte_edits import BYTE_EDITS, SMALL_EDITS
from component_parts import Field, Item, Module, Raw, Tree, Vector, leb, parse, render
from inventions import HUGE, INVENTIONS, NAMES, VALUE_TYPES

MAX_SEED_BYTES = 1 << 16
MAX_MUTANT_BYTES = 1 << 18



class Seed:
    """A component and where it is from."""

    def __init__(self, name: str, binary: bytes) -> None:
        self.name = name
        self.binary = binary

    @cached_property
    def tree(self) -> Tree:
        """Raises `ValueError` when section lengths are wrong."""
        return parse(self.binary)

    def __reduce__(self) -> tuple[type[Seed], tuple[str, bytes]]:
        return Seed, (self.name, self.binary)

    def has_parts(self) -> bool:
        try:
            return bool(self.tree.parts)
        except ValueError:
            return False


class Mutator:
    """The mutants of *seeds* under seed number *seed*."""

    def __init__(self, seeds: Sequence[Seed], seed: int) -> None:
        self.seeds = seeds
        self.seed = seed

    def __call__(self, number: int) -> tuple[bytes, str]:
        """Mutant *number*, and what it was made from and how."""
        choice = random.Random(f"mutant {self.seed} {number}")
        seed = choice.choice(self.seeds)
        done: list[str] = []
        if choice.random() < 0.85:
            tree = seed.tree.copy()
            for _ in range(choice.choice((1, 1, 1, 1, 2, 2, 3, 5))):
                edit = choice.choice(PART_EDITS)
                edit(choice, tree, choice.choice(self.seeds).tree)
                done.append(edit.__name__)
            binary = render(tree)
        else:
            binary = seed.binary
            for _ in range(choice.choice((1, 1, 2, 4))):
                change = choice.choice(BYTE_EDITS)
                binary = change(choice, binary, choice.choice(self.seeds).binary)
                done.append(change.__name__)
        return binary[:MAX_MUTANT_BYTES], f"{seed.name}: {', '.join(done)}"

    def ready(self) -> None:
        """Parses the seeds, which otherwise takes the time of the first mutants."""
        for seed in self.seeds:
            seed.has_parts()


# -- parts


def change_field(choice: random.Random, tree: Tree, donor: Tree) -> None:
    """Another index, name, count or opcode in one definition."""
    vectors = [vector for vector in tree.vectors() if vector.items]
    if not vectors:
        return
    vector = choice.choice(vectors)
    position = choice.randrange(len(vector.items))
    item = vector.items[position]
    if item.fields:
        chosen = choice.choice(item.fields)
        new = _other(choice, item.data[chosen.start : chosen.end], chosen)
        vector.items[position] = Item(item.data[: chosen.start] + new + item.data[chosen.end :])


def _other(choice: random.Random, old: bytes, what: Field) -> bytes:
    match what.kind:
        case "name":
            name = choice.choice(NAMES)
            return leb(len(name)) + name
        case "byte":
            return bytes([choice.choice((0, 1, 2, 3, 4, 5, choice.randrange(256), old[0] ^ 1 << choice.randrange(8)))])
        case "signed":
            return choice.choice((bytes([choice.choice(VALUE_TYPES)]), leb(choice.randrange(64))))
        case _:
            near = max(0, old[0] + choice.choice((-2, -1, 1, 2)))
            value = choice.choice((near, near, near, choice.randrange(20), choice.randrange(20), choice.choice(HUGE)))
            return leb(value, choice.choice((1, 1, 1, 5)))


def duplicate_items(choice: random.Random, tree: Tree, donor: Tree) -> None:
    vectors = [vector for vector in tree.vectors() if vector.items]
    if vectors:
        vector = choice.choice(vectors)
        position = choice.randrange(len(vector.items))
        place = choice.choice((position, len(vector.items)))
        vector.items[place:place] = [vector.items[position]] * choice.choice((1, 1, 1, 2, 30))


def delete_item(choice: random.Random, tree: Tree, donor: Tree) -> None:
    vectors = [vector for vector in tree.vectors() if vector.items]
    if vectors:
        vector = choice.choice(vectors)
        del vector.items[choice.randrange(len(vector.items))]


def swap_items(choice: random.Random, tree: Tree, donor: Tree) -> None:
    vectors = [vector for vector in tree.vectors() if len(vector.items) > 1]
    if vectors:
        items = choice.choice(vectors).items
        a, b = choice.sample(range(len(items)), 2)
        items[a], items[b] = items[b], items[a]


def graft_item(choice: random.Random, tree: Tree, donor: Tree) -> None:
    """A definition of another component, or of another scope of this one, at some place."""
    donors = [vector for vector in choice.choice((tree, donor)).vectors() if vector.items]
    if donors:
        vector = choice.choice(donors)
        _insert(choice, tree, vector.number, choice.choice(vector.items))


def invent_item(choice: random.Random, tree: Tree, donor: Tree) -> None:
    """A definition made up: right in form, its indices small."""
    number = choice.choice(tuple(INVENTIONS))
    _insert(choice, tree, number, Item(INVENTIONS[number](choice)))


def invent_items(choice: random.Random, tree: Tree, donor: Tree) -> None:
    """Many of them at the end of one component, where each may refer to those before it."""
    parts = choice.choice(list(tree.components())).parts
    for _ in range(choice.randint(5, 40)):
        number = choice.choice(tuple(INVENTIONS))
        parts.append(Vector(number, [Item(INVENTIONS[number](choice))]))


def _insert(choice: random.Random, tree: Tree, number: int, item: Item) -> None:
    """More often than not at the end of a component, where it moves no index of anything else."""
    parts = choice.choice(list(tree.components())).parts
    parts.insert(choice.choice((len(parts), len(parts), choice.randint(0, len(parts)))), Vector(number, [item]))


def swap_sections(choice: random.Random, tree: Tree, donor: Tree) -> None:
    parts = choice.choice(list(tree.components())).parts
    if len(parts) > 1:
        a, b = choice.sample(range(len(parts)), 2)
        parts[a], parts[b] = parts[b], parts[a]


def duplicate_section(choice: random.Random, tree: Tree, donor: Tree) -> None:
    parts = choice.choice(list(tree.components())).parts
    if parts:
        position = choice.randrange(len(parts))
        copy = Tree([parts[position]]).copy().parts[0]
        parts.insert(choice.randint(position, len(parts)), copy)


def delete_section(choice: random.Random, tree: Tree, donor: Tree) -> None:
    parts = choice.choice(list(tree.components())).parts
    if parts:
        del parts[choice.randrange(len(parts))]


def graft_section(choice: random.Random, tree: Tree, donor: Tree) -> None:
    """A section of another component, a core module or a whole component among them."""
    parts = choice.choice(list(donor.components())).parts
    if parts:
        grafted = Tree([choice.choice(parts)]).copy().parts[0]
        scope = choice.choice(list(tree.components()))
        scope.parts.insert(choice.randint(0, len(scope.parts)), grafted)


def wrap(choice: random.Random, tree: Tree, donor: Tree) -> None:
    """The whole component inside others, each of which makes one or two instances of the one in it."""
    for _ in range(choice.choice((1, 2, 20, 140))):
        instance = Item(b"\x00\x00\x00")
        tree.parts = [Tree(tree.parts), Vector(5, [instance] * choice.choice((0, 1, 1, 2)))]


def exchange_module(choice: random.Random, tree: Tree, donor: Tree) -> None:
    """A core module of another component instead of one of this."""
    mine, theirs = tree.modules(), donor.modules()
    if mine and theirs:
        choice.choice(mine).sections = [Raw(s.number, s.data) for s in choice.choice(theirs).sections]


def change_module(choice: random.Random, tree: Tree, donor: Tree) -> None:
    """One section of a core module changed, deleted or given twice."""
    modules: list[Module] = [module for module in tree.modules() if module.sections]
    if not modules:
        return
    sections = choice.choice(modules).sections
    position = choice.randrange(len(sections))
    match choice.randrange(4):
        case 0:
            del sections[position]
        case 1:
            sections.insert(position, Raw(sections[position].number, sections[position].data))
        case _:
            sections[position].data = choice.choice(SMALL_EDITS)(choice, sections[position].data, b"")


def change_raw(choice: random.Random, tree: Tree, donor: Tree) -> None:
    """Bytes of a section that is not a vector of definitions, or of one whole definition."""
    raws = [part for scope in tree.components() for part in scope.parts if isinstance(part, Raw)]
    vectors = [vector for vector in tree.vectors() if vector.items]
    if raws and choice.random() < 0.5:
        raw = choice.choice(raws)
        raw.data = choice.choice(SMALL_EDITS)(choice, raw.data, b"")
    elif vectors:
        vector = choice.choice(vectors)
        position = choice.randrange(len(vector.items))
        vector.items[position] = Item(choice.choice(SMALL_EDITS)(choice, vector.items[position].data, b""))


PART_EDITS: tuple[Callable[[random.Random, Tree, Tree], None], ...] = (
    change_field, change_field, change_field, change_field, duplicate_items, delete_item, swap_items, graft_item,
    graft_item, invent_item, invent_item, invent_items, swap_sections, duplicate_section, delete_section, graft_section,
    wrap, exchange_module, change_module, change_raw,
)

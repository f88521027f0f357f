"""Mutants of component binaries: a list of seeds and a number always give the same mutant.

Most mutations edit parts (definitions, sections, indices, names), after which counts and lengths are right again: such
mutants get past the decoder. The others edit bytes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cached_property

from component_parts import CORE_PREAMBLE, PREAMBLE, Field, Item, Module, Raw, Tree, Vector, leb, parse, render, section

MAX_SEED_BYTES = 1 << 16
MAX_MUTANT_BYTES = 1 << 18

NAMES = (
    b"", b"f", b"g", b"mem", b"memory", b"realloc", b"a", b"run", b"x" * 300, b"a\0b", "\u2603".encode(), b"\xff\xfe",
    b"wasi:http/types@1.0.0", b"[method]r.m", b"[constructor]r", b"\xed\xa0\x80",
)
HUGE = (0x7F, 0x80, 0xFF, 0x3FFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
VALUE_TYPES = bytes((*range(0x73, 0x80), 0x64))
SORTS = (b"\x00\x00", b"\x00\x01", b"\x00\x02", b"\x00\x03", b"\x00\x04", b"\x00\x10", b"\x00\x11", b"\x00\x12",
         b"\x01", b"\x02", b"\x03", b"\x04", b"\x05")


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


# -- definitions made up


def _index(choice: random.Random) -> bytes:
    return leb(choice.choice((0, 0, 0, 1, 1, 2, 3, choice.randrange(30))))


def _name(choice: random.Random) -> bytes:
    name = choice.choice(NAMES)
    return leb(len(name)) + name


def _value_type(choice: random.Random) -> bytes:
    return choice.choice((bytes([choice.choice(VALUE_TYPES)]), _index(choice)))


def _maybe(choice: random.Random, made: Callable[[random.Random], bytes]) -> bytes:
    return b"\x01" + made(choice) if choice.random() < 0.5 else b"\x00"


def _several(choice: random.Random, made: Callable[[random.Random], bytes], least: int = 0) -> bytes:
    count = choice.choice((least, 1, 2, 2, 3, 17))
    return leb(count) + b"".join(made(choice) for _ in range(count))


def _sort_index(choice: random.Random) -> bytes:
    return choice.choice(SORTS) + _index(choice)


def _extern_type(choice: random.Random) -> bytes:
    return choice.choice((
        b"\x00\x11" + _index(choice), b"\x01" + _index(choice), b"\x03\x00" + _index(choice), b"\x03\x01",
        b"\x04" + _index(choice), b"\x05" + _index(choice),
    ))


def _core_instance(choice: random.Random) -> bytes:
    if choice.random() < 0.5:
        return b"\x00" + _index(choice) + _several(choice, lambda c: _name(c) + b"\x12" + _index(c))
    return b"\x01" + _several(choice, lambda c: _name(c) + c.choice(SORTS)[-1:] + _index(c))


def _core_type(choice: random.Random) -> bytes:
    function = b"\x60" + _several(choice, lambda c: bytes([c.choice((0x7F, 0x7E, 0x7D, 0x7C))])) + b"\x00"
    module = b"\x50\x03\x01" + function + b"\x00" + _name(choice) + _name(choice) + b"\x00" + _index(choice) + (
        b"\x02\x10\x01" + _index(choice) + _index(choice))
    return choice.choice((function, module))


def _instance(choice: random.Random) -> bytes:
    if choice.random() < 0.6:
        return b"\x00" + _index(choice) + _several(choice, lambda c: _name(c) + _sort_index(c))
    return b"\x01" + _several(choice, lambda c: b"\x00" + _name(c) + _sort_index(c))


def _alias(choice: random.Random) -> bytes:
    return choice.choice(SORTS) + choice.choice((
        b"\x00" + _index(choice) + _name(choice), b"\x01" + _index(choice) + _name(choice),
        b"\x02" + _index(choice) + _index(choice),
    ))


def _declaration(choice: random.Random) -> bytes:
    return choice.choice((
        b"\x00" + _core_type(choice), b"\x01" + _type(choice), b"\x02" + _alias(choice),
        b"\x04\x00" + _name(choice) + _extern_type(choice), b"\x03\x00" + _name(choice) + _extern_type(choice),
    ))


def _type(choice: random.Random) -> bytes:
    labelled = lambda c: _name(c) + _value_type(c)  # noqa: E731
    match choice.randrange(13):
        case 0:
            return b"\x72" + _several(choice, labelled, 1)
        case 1:
            return b"\x71" + _several(choice, lambda c: _name(c) + _maybe(c, _value_type) + b"\x00", 1)
        case 2:
            return b"\x70" + _value_type(choice)
        case 3:
            return b"\x67" + _value_type(choice) + leb(choice.choice((1, 2, 1000, *HUGE)))
        case 4:
            return b"\x6f" + _several(choice, _value_type, 1)
        case 5:
            return choice.choice((b"\x6e", b"\x6d")) + _several(choice, _name, 1)
        case 6:
            return b"\x6b" + _value_type(choice)
        case 7:
            return b"\x6a" + _maybe(choice, _value_type) + _maybe(choice, _value_type)
        case 8:
            return choice.choice((b"\x69", b"\x68")) + _index(choice)
        case 9:
            return b"\x63" + _value_type(choice) + _value_type(choice)
        case 10:
            return b"\x40" + _several(choice, labelled) + choice.choice((b"\x01\x00", b"\x00" + _value_type(choice)))
        case 11:
            return b"\x3f\x7f" + _maybe(choice, _index)
        case _:
            count = choice.randrange(3)
            return choice.choice((b"\x41", b"\x42")) + leb(count) + b"".join(
                _declaration(choice) for _ in range(count))


def _canon(choice: random.Random) -> bytes:
    options = _several(choice, lambda c: c.choice((
        bytes([c.randrange(3)]), b"\x03" + _index(c), b"\x04" + _index(c), b"\x05" + _index(c))))
    return choice.choice((
        b"\x00\x00" + _index(choice) + options + _index(choice), b"\x01\x00" + _index(choice) + options,
        b"\x02" + _index(choice), b"\x03" + _index(choice), b"\x04" + _index(choice),
        choice.choice((b"\x0a", b"\x0b")) + choice.choice((b"\x7f", b"\x7e", b"\x7d")) + _index(choice),
        bytes([choice.randrange(0x30)]),
    ))


def _import(choice: random.Random) -> bytes:
    return b"\x00" + _name(choice) + _extern_type(choice)


def _export(choice: random.Random) -> bytes:
    return b"\x00" + _name(choice) + _sort_index(choice) + _maybe(choice, _extern_type)


INVENTIONS: dict[int, Callable[[random.Random], bytes]] = {
    2: _core_instance, 3: _core_type, 5: _instance, 6: _alias, 7: _type, 8: _canon, 10: _import, 11: _export,
}


# -- bytes


def flip_bits(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    out = bytearray(binary)
    for _ in range(choice.choice((1, 1, 2, 8))):
        if out:
            out[choice.randrange(len(out))] ^= 1 << choice.randrange(8)
    return bytes(out)


def overwrite(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    start = choice.randrange(len(binary) + 1)
    new = bytes(choice.choice((0, 1, 0x7F, 0x80, 0xFF, choice.randrange(256))) for _ in range(choice.randint(1, 4)))
    return binary[:start] + new + binary[start + len(new) :]


def insert_bytes(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    start = choice.randrange(len(binary) + 1)
    return binary[:start] + choice.randbytes(choice.randint(1, 4)) + binary[start:]


def delete_bytes(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    start = choice.randrange(len(binary) + 1)
    return binary[:start] + binary[start + choice.randint(1, 8) :]


def huge_number(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    """A byte becomes a large LEB128, or one that is longer than any may be."""
    start = choice.randrange(len(binary) + 1)
    new = choice.choice((leb(choice.choice(HUGE)), leb(choice.randrange(8), choice.choice((5, 6, 10)))))
    return binary[:start] + new + binary[start + 1 :]


def truncate(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    return binary[: choice.randrange(len(binary) + 1)]


def splice(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    """The beginning of one binary and the end of another."""
    return binary[: choice.randrange(len(binary) + 1)] + donor[choice.randrange(len(donor) + 1) :]


def repeat_bytes(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    start = choice.randrange(len(binary) + 1)
    end = choice.randint(start, min(len(binary), start + 200))
    return binary[:end] + binary[start:end] * choice.choice((1, 2, 50)) + binary[end:]


def append_section(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    """A section of random bytes, its length right or wrong."""
    made = section(choice.randrange(14), choice.randbytes(choice.randrange(40)))
    return binary + (made if choice.random() < 0.7 else made[: choice.randrange(len(made))])


def change_preamble(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    return choice.choice((CORE_PREAMBLE, PREAMBLE[:4] + choice.randbytes(4), b"")) + binary[8:]


SMALL_EDITS = (flip_bits, overwrite, insert_bytes, delete_bytes, huge_number, truncate, repeat_bytes)
BYTE_EDITS: tuple[Callable[[random.Random, bytes, bytes], bytes], ...] = (
    *SMALL_EDITS, *SMALL_EDITS, splice, splice, append_section, append_section, change_preamble,
)

"""Edits of component binaries that keep most of the form: sections, definitions, numbers, names."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from fuzz.guided.binary_parts import (
    COMPONENT,
    COMPONENT_PREAMBLE,
    CORE_MODULE,
    MODULE_PREAMBLE,
    VECTORS,
    Layer,
    Section,
    definitions,
    leb,
    parse,
    read_leb,
    render,
    vector,
)
from fuzz.guided.target import Change

NAMES = (
    b"", b"a", b"b", b"f", b"x", b"mem", b"realloc", b"run", b"a\0b", "\u2603".encode(), b"\xff\xfe", b"\xed\xa0\x80",
    b"x" * 200, b"wasi:http/types@1.0.0", b"a:b/c", b"[constructor]r", b"[method]r.m", b"[static]r.s", b"r",
    b"component-name", b"name",
)
HUGE = (0x7F, 0x80, 0xFF, 0x3FFF, 0x4000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
VALUE_TYPES = (*range(0x73, 0x80), 0x64, 0x65, 0x66)
TYPE_OPCODES = (*range(0x3F, 0x44), *range(0x63, 0x74))
_NAME = re.compile(rb"[\x20-\x7e]+")


def edited(data: bytes, other: bytes, max_size: int, random: Random, plain: Change) -> bytes:
    """*data* with one to four edits, some with parts of *other*; at most *max_size* bytes."""
    layer, donor = parse(data), parse(other)
    edits = _EDITS if len(data) <= max_size else _LESS
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        random.choice(edits)(random, layer, donor, plain)
    made = render(layer)
    return made if len(made) <= max_size else data[:max_size]


# -- sections


def _swap_sections(random: Random, layer: Layer, donor: Layer, plain: Change) -> None:
    sections = random.choice(list(layer.layers())).sections
    if len(sections) > 1:
        a, b = random.sample(range(len(sections)), 2)
        sections[a], sections[b] = sections[b], sections[a]


def _drop_section(random: Random, layer: Layer, donor: Layer, plain: Change) -> None:
    sections = random.choice(list(layer.layers())).sections
    if sections:
        del sections[random.randrange(len(sections))]


def _repeat_section(random: Random, layer: Layer, donor: Layer, plain: Change) -> None:
    sections = random.choice(list(layer.layers())).sections
    if sections:
        section = _copy(random.choice(sections))
        times = random.choice((1, 1, 2, 12)) if section.inside is None else 1
        place = random.choice((len(sections), random.randint(0, len(sections))))
        sections[place:place] = [_copy(section) for _ in range(times)]


def _graft_section(random: Random, layer: Layer, donor: Layer, plain: Change) -> None:
    """A section of the other component, whole components and core modules among them."""
    theirs = random.choice([d for d in donor.layers() if d.is_component] or [donor]).sections
    ours = random.choice([one for one in layer.layers() if one.is_component] or [layer]).sections
    if theirs:
        place = random.choice((len(ours), random.randint(0, len(ours))))
        ours.insert(place, _copy(random.choice(theirs)))


def _new_section(random: Random, layer: Layer, donor: Layer, plain: Change) -> None:
    """Of a few bytes, or of a definition made up."""
    sections = random.choice(list(layer.layers())).sections
    number = random.choice((*VECTORS, 0, random.randrange(14)))
    body = vector([_invented(random, number) for _ in range(random.choice((0, 1, 1, 2)))])
    sections.append(Section(number, body))


def _wrap(random: Random, layer: Layer, donor: Layer, plain: Change) -> None:
    """The whole in a component which makes instances of it, or in many of them."""
    for _ in range(random.choice((1, 1, 2, 5, 40))):
        inner = Layer(layer.preamble, layer.sections, layer.rest)
        number = COMPONENT if inner.is_component else CORE_MODULE
        made = vector([b"\x00\x00\x00"] * random.choice((0, 1, 1, 2)))
        instances = Section(5 if number == COMPONENT else 2, made)
        layer.preamble, layer.sections, layer.rest = COMPONENT_PREAMBLE, [Section(number, b"", inner), instances], b""


def _unwrap(random: Random, layer: Layer, donor: Layer, plain: Change) -> None:
    """What is inside, by itself."""
    inner = random.choice(list(layer.layers()))
    layer.preamble, layer.sections, layer.rest = inner.preamble, inner.sections, inner.rest


# -- definitions


def _change_definitions(random: Random, layer: Layer, donor: Layer, plain: Change) -> None:
    section = _any_section(random, layer, VECTORS)
    if section is None or (items := definitions(section)) is None:
        return
    theirs = _any_section(random, donor, (section.number,))
    match random.randrange(7):
        case 0 if items:
            del items[random.randrange(len(items))]
        case 1 if items:
            items += [random.choice(items)] * random.choice((1, 1, 2, 40))
        case 2 if len(items) > 1:
            random.shuffle(items)
        case 3 if theirs is not None and (more := definitions(theirs)):
            items.insert(random.randint(0, len(items)), random.choice(more))
        case 4:
            items.insert(random.randint(0, len(items)), _invented(random, section.number))
        case _ if items:
            place = random.randrange(len(items))
            items[place] = _with_other_number(random, items[place])
    section.body = vector(items)


def _drop_definition(random: Random, layer: Layer, donor: Layer, plain: Change) -> None:
    section = _any_section(random, layer, VECTORS)
    if section is not None and (items := definitions(section)):
        del items[random.randrange(len(items))]
        section.body = vector(items)


def _change_number(random: Random, layer: Layer, donor: Layer, plain: Change) -> None:
    if (section := _any_section(random, layer)) is not None:
        section.body = _with_other_number(random, section.body)


def _change_name(random: Random, layer: Layer, donor: Layer, plain: Change) -> None:
    """Another name where a length and so many printable characters are."""
    if (section := _any_section(random, layer)) is None:
        return
    body = section.body
    places = [m.start() for m in _NAME.finditer(body) if m.start() and 0 < body[m.start() - 1] <= len(m.group())]
    if places:
        start = random.choice(places)
        name = random.choice(NAMES)
        section.body = body[: start - 1] + leb(len(name)) + name + body[start + body[start - 1] :]


def _change_bytes(random: Random, layer: Layer, donor: Layer, plain: Change) -> None:
    if (section := _any_section(random, layer)) is not None:
        section.body = plain(section.body, len(section.body) + 32)


def _change_count(random: Random, layer: Layer, donor: Layer, plain: Change) -> None:
    """Of a vector, and nothing else."""
    section = _any_section(random, layer, VECTORS)
    if section is not None and (found := read_leb(section.body, 0)) is not None:
        count, first = found
        section.body = leb(max(0, count + random.choice((-1, 1, 1, 2, 100)))) + section.body[first:]


def _change_preamble(random: Random, layer: Layer, donor: Layer, plain: Change) -> None:
    one = random.choice(list(layer.layers()))
    one.preamble = random.choice((MODULE_PREAMBLE, COMPONENT_PREAMBLE, one.preamble[:4], b"", plain(one.preamble, 9)))


def _any_section(random: Random, layer: Layer, numbers: tuple[int, ...] = ()) -> Section | None:
    """One without parts of its own, by its number; half of the time one of a component, where there are any."""
    layers = list(layer.layers())
    components = [one for one in layers if one.is_component]
    among = components if numbers or (components and random.random() < 0.7) else layers
    found = [s for one in among for s in one.sections if s.inside is None and (not numbers or s.number in numbers)]
    return random.choice(found) if found else None


def _with_other_number(random: Random, data: bytes) -> bytes:
    """Another LEB128 in place of one, or of a byte that may be one."""
    if not data:
        return data
    start = random.randrange(len(data))
    found = read_leb(data, start)
    old, end = (data[start], start + 1) if found is None else found
    near = max(0, old + random.choice((-2, -1, 1, 2)))
    new = random.choice((near, near, random.randrange(8), random.randrange(30), random.choice(HUGE),
                         random.choice(VALUE_TYPES), random.choice(TYPE_OPCODES)))
    return data[:start] + leb(new, random.choice((1, 1, 1, 1, 5, 6))) + data[end:]


def _copy(section: Section) -> Section:
    inside = section.inside
    if inside is None:
        return Section(section.number, section.body)
    return Section(section.number, b"", Layer(inside.preamble, [_copy(s) for s in inside.sections], inside.rest))


# -- definitions made up: right in form, their indices small


def _invented(random: Random, number: int) -> bytes:
    """A definition for section *number*."""
    def index() -> bytes:
        return leb(random.choice((0, 0, 1, 1, 2, 3, random.randrange(30))))

    def name() -> bytes:
        found = random.choice(NAMES)
        return leb(len(found)) + found

    def value_type() -> bytes:
        return random.choice((bytes([random.choice(VALUE_TYPES)]), index()))

    def several(made: Callable[[], bytes]) -> bytes:
        return vector([made() for _ in range(random.choice((0, 1, 1, 2, 3, 33)))])

    def maybe(made: Callable[[], bytes]) -> bytes:
        return b"\x01" + made() if random.random() < 0.5 else b"\x00"

    def sorted_index() -> bytes:
        return random.choice(_SORTS) + index()

    def extern_type() -> bytes:
        return random.choice((b"\x00\x11", b"\x01", b"\x03\x00", b"\x04", b"\x05")) + index()

    def declaration() -> bytes:
        return random.choice((
            b"\x01" + _invented(random, 7), b"\x02\x02" + index() + b"\x03" + index(),
            b"\x04\x00" + name() + extern_type(), b"\x03\x00" + name() + extern_type(),
            b"\x04\x00" + name() + b"\x03\x01",
        ))

    match number:
        case 2:
            given = several(lambda: name() + b"\x12" + index())
            return random.choice((b"\x00" + index() + given, b"\x01" + several(lambda: name() + b"\x00" + index())))
        case 3:
            core = random.choice((b"\x60", b"\x50", b"\x4e", b"\x5f"))
            return core + several(lambda: bytes([random.randrange(0x7B, 0x80)])) + several(lambda: b"\x7f")
        case 5:
            given = several(lambda: name() + sorted_index())
            return random.choice((b"\x00" + index() + given, b"\x01" + given))
        case 6:
            in_instance = random.choice((b"\x00", b"\x01")) + index() + name()
            return random.choice(_SORTS) + random.choice((in_instance, in_instance, b"\x02" + index() + index()))
        case 7 if random.random() < 0.2:
            return random.choice((b"\x41", b"\x42")) + vector([declaration() for _ in range(random.randrange(3))])
        case 7:
            return random.choice((
                value_type(), b"\x70" + value_type(), b"\x67" + value_type() + index(), b"\x6b" + value_type(),
                b"\x6a" + maybe(value_type) + maybe(value_type), b"\x63" + value_type() + value_type(),
                b"\x6f" + several(value_type), b"\x72" + several(lambda: name() + value_type()),
                b"\x71" + several(lambda: name() + maybe(value_type) + b"\x00"), b"\x6e" + several(name),
                b"\x6d" + several(name), b"\x69" + index(), b"\x68" + index(), b"\x3f\x7f" + maybe(index),
                b"\x40" + several(lambda: name() + value_type()) + random.choice((b"\x01\x00", b"\x00" + value_type())),
            ))
        case 8:
            options = several(lambda: random.choice((b"\x00", b"\x01", b"\x02", b"\x03\x00", b"\x04\x00", b"\x05\x00")))
            return random.choice((
                b"\x00\x00" + index() + options + index(), b"\x01\x00" + index() + options, b"\x02" + index(),
                b"\x03" + index(), b"\x04" + index(), b"\x0a\x7f\x00", b"\x0b\x7f\x00", bytes([random.randrange(0x30)]),
            ))
        case 10:
            return b"\x00" + name() + extern_type()
        case 11:
            return b"\x00" + name() + sorted_index() + maybe(extern_type)
    return random.randbytes(random.randrange(20))


_SORTS = (b"\x00\x00", b"\x00\x01", b"\x00\x02", b"\x00\x03", b"\x00\x10", b"\x00\x11", b"\x00\x12", b"\x01", b"\x03",
          b"\x04", b"\x05")

_EDITS: tuple[Callable[[Random, Layer, Layer, Change], None], ...] = (
    *(_change_definitions,) * 5, *(_change_number,) * 4, *(_change_name,) * 2, *(_change_bytes,) * 3, _change_count,
    _swap_sections, _drop_section, _repeat_section, *(_graft_section,) * 2, *(_new_section,) * 3, _wrap, _unwrap,
    _change_preamble,
)
_LESS = (_drop_section, _drop_section, _drop_definition, _drop_definition, _unwrap)

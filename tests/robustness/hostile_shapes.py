"""Small components that stand for something huge: each would take all the memory or time there is, if let."""

from __future__ import annotations

from component_parts import CORE_PREAMBLE, PREAMBLE, leb, section

NO_RESULT = b"\x01\x00"
U8 = b"\x7d"


def component(*sections: bytes) -> bytes:
    return PREAMBLE + b"".join(sections)


def vector(*items: bytes) -> bytes:
    return leb(len(items)) + b"".join(items)


def name(text: str) -> bytes:
    return leb(len(text.encode())) + text.encode()


def type_index(value: int) -> bytes:
    """A type index where a primitive may stand as well: signed LEB128."""
    return leb(value, value.bit_length() // 7 + 1)


def types(*definitions: bytes) -> bytes:
    return section(7, vector(*definitions))


def core_module(*sections: bytes) -> bytes:
    return section(1, CORE_PREAMBLE + b"".join(sections))


def imported_function(type_index: int) -> bytes:
    return section(10, vector(b"\x00" + name("f") + b"\x01" + leb(type_index)))


LOWERED = section(8, vector(b"\x01\x00\x00\x00"))


def function_of(*definitions: bytes) -> bytes:
    """A host import whose one parameter is of the last of *definitions*, lowered, and exported again."""
    last = len(definitions)
    function = b"\x40" + vector(name("v") + type_index(last - 1)) + NO_RESULT
    exported = section(11, vector(b"\x00" + name("g") + b"\x01\x00\x00"))
    return component(types(*definitions, function), imported_function(last), LOWERED, exported)


def pair_of(*definitions: bytes) -> bytes:
    """A lift whose one parameter is of the last of *definitions*, lowered and handed to a core module."""
    last = len(definitions)
    function = b"\x40" + vector(name("v") + type_index(last - 1)) + NO_RESULT
    memory_and_functions = core_module(
        section(1, vector(b"\x60\x01\x7f\x00", b"\x60\x04\x7f\x7f\x7f\x7f\x01\x7f")),
        section(3, vector(b"\x00", b"\x01")),
        section(5, vector(b"\x00\x01")),
        section(7, vector(name("f") + b"\x00\x00", name("realloc") + b"\x00\x01", name("mem") + b"\x02\x00")),
        section(10, vector(b"\x02\x00\x0b", b"\x04\x00\x41\x00\x0b")),
    )
    user = core_module(
        section(1, vector(b"\x60\x01\x7f\x00")), section(2, vector(name("") + name("f") + b"\x00\x00")))
    options = vector(b"\x03\x00", b"\x04\x01")
    return component(
        types(*definitions, function),
        memory_and_functions,
        section(2, vector(b"\x00\x00\x00")),
        section(6, vector(*(b"\x00" + sort + b"\x01\x00" + name(text)
                            for sort, text in ((b"\x00", "f"), (b"\x00", "realloc"), (b"\x02", "mem"))))),
        section(8, vector(b"\x00\x00\x00" + options + leb(last), b"\x01\x00\x00" + options)),
        user,
        section(2, vector(b"\x01" + vector(name("f") + b"\x00\x02"), b"\x00\x01" + vector(name("") + b"\x12\x01"))),
    )


# -- types


def doubling(levels: int) -> list[bytes]:
    """Each a pair of the one before: 2^*levels* values in all."""
    return [b"\x6f" + vector(U8, U8), *(b"\x6f" + vector(type_index(i), type_index(i)) for i in range(levels - 1))]


def chain(levels: int) -> list[bytes]:
    """Each an option of the one before."""
    return [b"\x6b" + U8, *(b"\x6b" + type_index(i) for i in range(levels - 1))]


def arrays(levels: int, length: int = 0xFFFFFFFF) -> list[bytes]:
    """Lists of a fixed length, of each other."""
    return [b"\x67" + U8 + leb(length), *(b"\x67" + type_index(i) + leb(length) for i in range(levels - 1))]


def doubled_lists(levels: int) -> list[bytes]:
    """A pair of lists of pairs of lists ..."""
    made = [b"\x6f" + vector(U8, U8)]
    for _ in range(levels):
        made.append(b"\x70" + type_index(len(made) - 1))
        made.append(b"\x6f" + vector(type_index(len(made) - 1), type_index(len(made) - 1)))
    return made


def cases_of_cases(count: int, levels: int) -> list[bytes]:
    """A variant of *count* variants of *count* variants ...: *levels* + 2 flat values."""
    made = [b"\x6b" + U8]
    for _ in range(levels):
        before = type_index(len(made) - 1)
        made.append(b"\x71" + vector(*(name(f"c{i}") + b"\x01" + before + b"\x00" for i in range(count))))
    return made


def many_cases(count: int) -> list[bytes]:
    return [b"\x71" + vector(*(name(f"c{i}") + b"\x01" + U8 + b"\x00" for i in range(count)))]


def many_fields(count: int) -> list[bytes]:
    return [b"\x72" + vector(*(name(f"f{i}") + U8 for i in range(count)))]


def doubling_instance_types(levels: int) -> bytes:
    """An import of an instance of two instances of two instances ..."""
    function = b"\x42\x02\x01\x40\x00\x01\x00\x04\x00" + name("f") + b"\x01\x00"
    pairs = [
        b"\x42\x04" + b"\x02\x03\x02\x01" + leb(i) + b"\x04\x00" + name("a") + b"\x05\x00"
        + b"\x02\x03\x02\x01" + leb(i) + b"\x04\x00" + name("b") + b"\x05\x01"
        for i in range(levels)
    ]
    return component(types(function, *pairs), section(10, vector(b"\x00" + name("i") + b"\x05" + leb(levels))))


def deep_types(levels: int) -> bytes:
    """Instance types in instance types."""
    return component(types(b"\x42\x01\x01" * levels + b"\x42\x00"))


# -- instances


def doubling_components(levels: int) -> bytes:
    """Each component makes two instances of the one inside it."""
    inner = component()
    for _ in range(levels):
        inner = component(section(4, inner), section(5, vector(b"\x00\x00\x00", b"\x00\x00\x00")))
    return inner


def doubling_exports(levels: int) -> bytes:
    """Each instance exports the one before twice."""
    pairs = [
        b"\x01" + vector(b"\x00" + name("a") + b"\x05" + leb(i), b"\x00" + name("b") + b"\x05" + leb(i))
        for i in range(levels)
    ]
    exported = section(11, vector(b"\x00" + name("all") + b"\x05" + leb(levels) + b"\x00"))
    return component(section(5, vector(b"\x01\x00", *pairs)), exported)


def doubling_core_instances(levels: int) -> bytes:
    """A core module in each of 2^*levels* instances of a component."""
    inner = component(core_module(), section(2, vector(b"\x00\x00\x00", b"\x00\x00\x00")))
    for _ in range(levels):
        inner = component(section(4, inner), section(5, vector(b"\x00\x00\x00", b"\x00\x00\x00")))
    return inner


def nested(levels: int) -> bytes:
    """Components in components, each made an instance of."""
    made = component()
    for _ in range(levels):
        made = component(section(4, made), section(5, vector(b"\x00\x00\x00")))
    return made


def often(count: int, definitions: int) -> bytes:
    """*count* instances of a component of *definitions* definitions."""
    inner = component(types(*[b"\x6b" + U8] * definitions))
    return component(section(4, inner), section(5, vector(*[b"\x00\x00\x00"] * count)))


def often_with_exports(count: int, exports: int) -> bytes:
    """*count* instances of a core module with *exports* exports."""
    module = core_module(
        section(1, vector(b"\x60\x00\x00")), section(3, vector(b"\x00")),
        section(7, vector(*(name(str(i)) + b"\x00\x00" for i in range(exports)))),
        section(10, vector(b"\x02\x00\x0b")))
    return component(module, section(2, vector(*[b"\x00\x00\x00"] * count)))


def often_with_imports(count: int, imports: int) -> bytes:
    """*count* instances of a core module with *imports* imports, all of one function."""
    given = core_module(
        section(1, vector(b"\x60\x00\x00")), section(3, vector(b"\x00")),
        section(7, vector(name("") + b"\x00\x00")), section(10, vector(b"\x02\x00\x0b")))
    module = core_module(
        section(1, vector(b"\x60\x00\x00")), section(2, vector(*[name("") + name("") + b"\x00\x00"] * imports)))
    return component(
        given, module,
        section(2, vector(b"\x00\x00\x00", *[b"\x00\x01" + vector(name("") + b"\x12\x00")] * count)))


def often_with_adapters(count: int, adapters: int) -> bytes:
    """*count* instances of a component that lowers and lifts one function *adapters* times, each over the other."""
    first = core_module(
        section(1, vector(b"\x60\x00\x00")), section(3, vector(b"\x00")),
        section(7, vector(name("f") + b"\x00\x00")), section(10, vector(b"\x02\x00\x0b")))
    tower = [definition for i in range(adapters) for definition in (
        b"\x00\x00" + leb(i) + b"\x00\x00", b"\x01\x00" + leb(i) + b"\x00")]
    inner = component(
        types(b"\x40\x00\x01\x00"), first, section(2, vector(b"\x00\x00\x00")),
        section(6, vector(b"\x00\x00\x01\x00" + name("f"))), section(8, vector(*tower)),
        core_module(section(1, vector(b"\x60\x00\x00")), section(2, vector(name("") + name("f") + b"\x00\x00"))),
        section(2, vector(b"\x01" + vector(name("f") + b"\x00" + leb(adapters)),
                          b"\x00\x01" + vector(name("") + b"\x12\x01"))))
    return component(section(4, inner), section(5, vector(*[b"\x00\x00\x00"] * count)))


def long_names(count: int, length: int) -> bytes:
    """*count* instances of a component whose name has *length* characters."""
    names = section(0, name("component-name") + b"\x00" + leb(len(name("n" * length))) + name("n" * length))
    return component(section(4, component(names)), section(5, vector(*[b"\x00\x00\x00"] * count)))


def names_that_collide(count: int) -> bytes:
    """Instances called x, x.2, x.2.2 ..., and then as many called x."""
    labels = [(i, "x" + ".2" * min(i, 900)) for i in range(count)] + [(count + i, "x") for i in range(count)]
    entries = vector(*(leb(i) + name(label) for i, label in labels))
    names = section(0, name("component-name") + b"\x01" + leb(len(entries) + 1) + b"\x05" + entries)
    return component(section(4, component()), section(5, vector(*[b"\x00\x00\x00"] * 2 * count)), names)


def outer_alias(count: int) -> bytes:
    return component(section(6, vector(b"\x03\x02" + leb(count) + b"\x00")))


# -- counts


def huge_count(number: int) -> bytes:
    """A section that says it has 2^32 - 1 definitions."""
    return component(section(number, leb(0xFFFFFFFF) + b"\x00" * 30))


def huge_inner_counts() -> list[bytes]:
    """Vectors within a definition that say they have 2^32 - 1 elements."""
    most = leb(0xFFFFFFFF)
    bodies = [
        (7, b"\x72" + most), (7, b"\x71" + most), (7, b"\x6f" + most), (7, b"\x6e" + most), (7, b"\x6d" + most),
        (7, b"\x40" + most), (7, b"\x41" + most), (7, b"\x42" + most), (3, b"\x60" + most), (3, b"\x50" + most),
        (2, b"\x00\x00" + most), (2, b"\x01" + most), (5, b"\x00\x00" + most), (5, b"\x01" + most),
        (8, b"\x00\x00\x00" + most), (10, b"\x02" + name("f") + most), (10, b"\x00" + most), (0, most),
    ]
    return [component(section(number, b"\x01" + body + b"\x00" * 30)) for number, body in bodies]


def many_exports(count: int) -> bytes:
    made = vector(*(b"\x00" + name(f"e{i}") + b"\x01\x00\x00" for i in range(count)))
    return component(types(b"\x40\x00\x01\x00"), imported_function(0), section(11, made))

"""Options of lifts and lowers, of guests and their memories, of definitions and what they call things."""

from __future__ import annotations

import re
from random import Random
from typing import Literal, TypeVar, get_args

from msgspec.structs import replace

from generators.blueprint import NAMINGS, Blueprint, Definition, Encoding, Guest, Naming, from_json, to_json
from generators.codetext import passes_code
from generators.frozen import put
from generators.layout import needs_memory, spills_result
from generators.mutation.values_bodies import live
from generators.mutation.words import Found, Weighted, said
from generators.rewriting.parts import guest_at, guests_of, with_definition, with_function, with_item
from generators.typetext import value_types
from generators.valtypes import has_strings

T = TypeVar("T")

_ENCODINGS: tuple[Encoding | None, ...] = (None, "utf8", "utf16", "latin1+utf16")


def _another(options: tuple[T, ...], one: object, random: Random) -> T:
    return random.choice([option for option in options if option != one])


# -- lifts and lowers


def encoding(b: Blueprint, random: Random) -> Found:
    """Of one lift or lower, or of all of a guest; where there are strings if there are any anywhere."""
    lifts = [(d, i, n, f.signature) for d, i, g in guests_of(b) for n, f in enumerate(g.functions)]
    lowers = [(d, i, ~n, used.signature) for d, i, g in guests_of(b) for n, used in enumerate(g.imports)]
    places = [*lifts, *lowers]
    stringy = [place for place in places if any(map(has_strings, value_types(place[3])))]
    if not places:
        return None
    able = stringy if stringy and random.random() < 0.9 else places
    d, i, n, _ = live(b, able, random, lambda place: place[:3] if place[2] >= 0 else place[:2])
    guest = guest_at(b, d, i)
    if random.random() < 0.6:
        before = guest.functions[n].encoding if n >= 0 else guest.imports[~n].encoding
        after = _another(_ENCODINGS, before, random)
        return with_item(b, d, i, _in_one_encoding(guest, after)), f"encoding of definition {d}, item {i}: {after}"
    if n >= 0:
        old = guest.functions[n].encoding
        new = _another(_ENCODINGS, old, random)
        guest = with_function(guest, n, replace(guest.functions[n], encoding=new))
    else:
        old = guest.imports[~n].encoding
        new = _another(_ENCODINGS, old, random)
        guest = replace(guest, imports=put(guest.imports, ~n, replace(guest.imports[~n], encoding=new)))
    what = f"function {n}" if n >= 0 else f"import {~n}"
    return with_item(b, d, i, guest), f"encoding of {what} of definition {d}, item {i}: {old} -> {new}"


def _in_one_encoding(guest: Guest, encoding: Encoding | None) -> Guest:
    """All of its lifts and lowers: what it is given in one encoding it can hand on in no other."""
    imports = tuple(replace(used, encoding=encoding) for used in guest.imports)
    return replace(guest, imports=imports, functions=tuple(replace(f, encoding=encoding) for f in guest.functions))


def lift(b: Blueprint, random: Random) -> Found:
    """Post-return, needless options, the way of calling, a fresh area: of one lift."""
    places = [(d, i, n) for d, i, g in guests_of(b) for n in range(len(g.functions))]
    if not places:
        return None
    d, i, n = live(b, places, random, lambda place: place)
    guest = guest_at(b, d, i)
    function = guest.functions[n]
    ways = ["post-return", "options", "way", "way"] + ["fresh"] * (2 * spills_result(function.signature))
    match random.choice(ways):
        case "post-return":
            changed, told = replace(function, post_return=not function.post_return), "post-return turned"
        case "options":
            changed, told = replace(function, options=not function.options), "needless options turned"
        case "fresh":
            changed, told = replace(function, fresh=not function.fresh), "fresh area turned"
        case _:
            way = _another(("plain", "tail call", "thrown", "handed over"), function.way, random)
            changed, told = replace(function, way=way), f"{function.way} -> {way}"
    return with_item(b, d, i, with_function(guest, n, changed)), f"function {n} of definition {d}, item {i}: {told}"


def lower(b: Blueprint, random: Random) -> Found:
    """Needless options, the second memory: of one lower."""
    places = [(d, i, n) for d, i, g in guests_of(b) for n in range(len(g.imports))]
    if not places:
        return None
    d, i, n = live(b, places, random, lambda place: place[:2])
    guest = guest_at(b, d, i)
    used = guest.imports[n]
    if guest.second is not None and needs_memory(used.signature) and random.random() < 0.6:
        used, told = replace(used, second=not used.second), "second memory turned"
    else:
        used, told = replace(used, options=not used.options), "needless options turned"
    guest = replace(guest, imports=put(guest.imports, n, used))
    return with_item(b, d, i, guest), f"import {n} of definition {d}, item {i}: {told}"


# -- guests


def guest(b: Blueprint, random: Random) -> Found:
    """Where its memory, its realloc and its modules are, and what they are like."""
    places = list(guests_of(b))
    if not places:
        return None
    d, i, old = live(b, places, random, lambda place: place[:2])
    new, told = _of_guest(b, d, i, old, random)
    return None if new is None else (with_item(b, d, i, new), f"definition {d}, item {i}: {told}")


_Memory = Literal["own", "imported", "shared"]


def _of_guest(b: Blueprint, d: int, i: int, guest: Guest, random: Random) -> tuple[Guest | None, str]:
    match random.choice(("lowering", "memory", "memory", "memory64", "allocator", "vectors", "second", "levels",
                         "realloc")):
        case "lowering" if guest.imports:
            way: Literal["direct", "indirect"] = "direct" if guest.lowering == "indirect" else "indirect"
            return replace(guest, lowering=way), f"lowering {way}"
        case "memory":
            lenders = [k for k, item in enumerate(b.definitions[d].items[:i])
                       if isinstance(item, Guest) and item.memory != "shared"]
            ways: tuple[_Memory, ...] = get_args(_Memory) if lenders and not _lends(b, d, i) else ("own", "imported")
            memory = _another(ways, guest.memory, random)
            lender = random.choice(lenders) if memory == "shared" else 0
            realloc: Literal["own", "lender's"] = random.choice(("own", "lender's")) if memory == "shared" else "own"
            return replace(guest, memory=memory, lender=lender, realloc=realloc), f"memory {guest.memory} -> {memory}"
        case "memory64" if guest.memory != "shared" and _has_wide(b):
            return replace(guest, memory64=not guest.memory64), "width of addresses turned"
        case "allocator" if guest.memory != "shared":
            allocator = _another(("moves", "in place", "grows"), guest.allocator, random)
            return replace(guest, allocator=allocator), f"allocator {guest.allocator} -> {allocator}"
        case "vectors":
            return replace(guest, vectors=not guest.vectors), "vectors turned"
        case "second" if any(needs_memory(used.signature) for used in guest.imports):
            widths: tuple[Literal["i32", "i64"] | None, ...] = (None, "i32", "i64") if _has_wide(b) else (None, "i32")
            second = _another(widths, guest.second, random)
            some = [needs_memory(u.signature) and (u.second or random.random() < 0.7) for u in guest.imports]
            imports = tuple(replace(u, second=on) for u, on in zip(guest.imports, some, strict=True))
            return replace(guest, second=second, imports=imports), f"second memory {guest.second} -> {second}"
        case "levels" if len(b.chain(d)) > 1:
            levels = _another(tuple(range(len(b.chain(d)))), guest.levels, random)
            return replace(guest, levels=levels), f"modules {guest.levels} -> {levels} definitions further out"
        case "realloc" if guest.memory == "shared":
            other: Literal["own", "lender's"] = "own" if guest.realloc == "lender's" else "lender's"
            return replace(guest, realloc=other), f"realloc {other}"
    return None, ""


def _has_wide(b: Blueprint) -> bool:
    """Whether there are 64-bit addresses in the case: not every engine knows them, and those who do not would take part
    in no more of what comes of it."""
    return any(guest.memory64 or guest.second == "i64" for _, _, guest in guests_of(b))


def _lends(b: Blueprint, d: int, i: int) -> bool:
    return any(isinstance(item, Guest) and item.memory == "shared" and item.lender == i
               for item in b.definitions[d].items)


# -- definitions


def naming(b: Blueprint, random: Random) -> Found:
    """What a definition does with the names of types; all of them together where components are passed on."""
    together = any(map(passes_code, b.definitions))
    d = random.randrange(len(b.definitions))
    able = tuple(n for n in NAMINGS if not (together and n == "members"))
    turned = random.choice(able)

    def changed(definition: Definition) -> Definition:
        now: set[Naming] = set(definition.naming) ^ {turned} if not together else (
            set(b.definitions[d].naming) ^ {turned})
        return replace(definition, naming=tuple(n for n in NAMINGS if n in now))

    if together:
        return replace(b, definitions=tuple(map(changed, b.definitions))), f"naming: {turned} turned"
    return with_definition(b, d, changed(b.definitions[d])), f"naming of definition {d}: {turned} turned"


def types(b: Blueprint, random: Random) -> Found:
    """Where a definition has its named function types, or the types of its imports."""
    d = random.randrange(len(b.definitions))
    definition, chain = b.definitions[d], b.chain(d)
    able = [k for k, used in enumerate(definition.imports) if used.signature is None and len(chain) > 1]
    if able and random.random() < 0.5:
        k = random.choice(able)
        used = definition.imports[k]
        levels = _another(tuple(range(len(chain))), used.levels, random)
        imports = put(definition.imports, k, replace(used, levels=levels))
        return (with_definition(b, d, replace(definition, imports=imports)),
                f"type of import {k} of definition {d}: {levels} definitions further out")
    if definition.types and random.random() < 0.4:
        return with_definition(b, d, replace(definition, types=())), f"named types of definition {d} removed"
    signatures = [f.signature for item in definition.items if isinstance(item, Guest) for f in item.functions]
    if signatures and random.random() < 0.6:
        named = tuple(dict.fromkeys((*definition.types, random.choice(signatures))))
        return with_definition(b, d, replace(definition, types=named)), f"a named type in definition {d}"
    outer = [level for level in range(1, len(chain)) if b.definitions[chain[level]].types]
    if not outer:
        return None
    level = random.choice(outer)
    now = set(definition.outer_types) ^ {level}
    return (with_definition(b, d, replace(definition, outer_types=tuple(sorted(now)))),
            f"named types {level} definitions around definition {d} turned")


_INTERFACE = re.compile(r"fuzz:([a-z0-9-]+)/api(?:@[^\"#]*)?")
_VERSIONS = ("", "@1.2.0", "@1.3.0", "@0.2.1", "@0.2.6", "@0.0.3", "@1.0.0-rc.1")


def name(b: Blueprint, random: Random) -> Found:
    """An interface's version, everywhere."""
    text = to_json(b)
    names = sorted({m[0] for m in _INTERFACE.finditer(text)})
    if not names:
        return None
    old = random.choice(names)
    new = f"fuzz:{_INTERFACE.sub(chr(92) + '1', old)}/api{random.choice(_VERSIONS)}"
    if new in names:
        return None
    changed = from_json(re.sub(re.escape(old) + r'(?=["#])', new, text))
    return changed, f"{said(old)} -> {said(new)}"


OPTION_CHANGES: Weighted = (
    (16, encoding), (16, lift), (8, lower), (30, guest), (8, naming), (5, types), (3, name),
)

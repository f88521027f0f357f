"""What guests, children, relifts and exports are given, and what they could be given instead."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from generators.blueprint import Blueprint, Child, Definition, Export, Guest, Ref, Relift, Signature
from generators.frozen import put
from generators.mutation.words import Found
from generators.rewriting.parts import items_of, with_definition, with_item, with_refs
from generators.rewriting.sight import functions_in_sight, has_all, instances_in_sight, is_own
from generators.rewriting.slots import slot_of
from generators.typetext import provided


def source(b: Blueprint, random: Random) -> Found:
    """Another provider, of the same type, for what a guest, a child or an export is given."""
    able = users(b)
    random.shuffle(able)
    for d, i, ref in able[:12]:
        others = _others(b, d, i, ref)
        if others:
            other = random.choice(others)
            changed = redirected(b, d, i, ref, other)
            return changed, f"in definition {d}: {named(ref)} -> {named(other)}"
    return None


def users(b: Blueprint) -> list[tuple[int, int, Ref]]:
    """Definition, item (or behind the last: an export) and what it is given, of guests, children and exports."""
    found: list[tuple[int, int, Ref]] = []
    for d, i, item in items_of(b):
        match item:
            case Guest(imports=imports):
                found += [(d, i, used.ref) for used in imports if not _is_late(used.ref, i)]
            case Child(args=args):
                found += [(d, i, arg) for arg in args if arg.code is None]
            case Relift(ref=ref):
                found.append((d, i, ref))
    for d, definition in enumerate(b.definitions):
        found += [(d, len(definition.items), e.ref) for e in definition.exports if e.ref.code is None]
    return found


def _is_late(ref: Ref, i: int) -> bool:
    return ref.source == "item" and ref.index >= i


def _others(b: Blueprint, d: int, i: int, ref: Ref) -> list[Ref]:
    tree = provided(b, b.definitions[d], ref)
    at_root_export = d == b.root and i == len(b.definitions[d].items)
    if isinstance(tree, Signature):
        able = [other for other, s in functions_in_sight(b, d, i) if s == tree]
        is_relift = i < len(b.definitions[d].items) and isinstance(b.definitions[d].items[i], Relift)
        able = [other for other in able if not is_relift or not is_own(b, d, other)]
    else:
        able = [other for other, t in instances_in_sight(b, d, i) if has_all(t, tree) and has_all(tree, t)]
    return [other for other in able if other != ref and not (at_root_export and is_host(b, d, other))]


def is_host(b: Blueprint, d: int, ref: Ref) -> bool:
    """Whether the root would export what its host provides."""
    if ref.source == "import":
        return d == b.root
    slot = slot_of(b, d, ref)
    return slot is None or (slot.definition == b.root and slot.kind == "import")


def redirected(b: Blueprint, d: int, i: int, old: Ref, new: Ref) -> Blueprint:
    """One reference of item *i*, or of an export."""
    definition = b.definitions[d]
    if i == len(definition.items):
        k = next(k for k, export in enumerate(definition.exports) if export.ref == old)
        exports = put(definition.exports, k, Export(definition.exports[k].name, new))
        return with_definition(b, d, replace(definition, exports=exports))
    one = Definition(items=(definition.items[i],))
    done = False

    def change(ref: Ref) -> Ref:
        nonlocal done
        if ref == old and not done:
            done = True
            return new
        return ref

    return with_item(b, d, i, with_refs(one, change).items[0])


def named(ref: Ref) -> str:
    return f"{ref.source} {ref.index}" + "".join(f".{name}" for name in ref.path)

"""What stands between callers and callees: relays that come in between or go, instances once more or shared, functions
that the root exports or that the host provides instead; and items that go."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from generators.axes import EVERYTHING
from generators.blueprint import (
    Answer,
    Blueprint,
    Bundle,
    Child,
    Definition,
    EchoArgument,
    Export,
    Function,
    Guest,
    GuestImport,
    HostFunction,
    Import,
    Item,
    Ref,
    Relift,
    Signature,
    Step,
)
from generators.bodies import ENCODINGS
from generators.drawing import ByChance
from generators.layout import needs_memory
from generators.mutation.images import fresh_image
from generators.mutation.values_bodies import running
from generators.mutation.values_sources import is_host, named, redirected, users
from generators.mutation.words import Found, Weighted, said_signature
from generators.operands import CallResult, Param
from generators.recursion import recursion
from generators.rewriting.bypass import bypassed
from generators.rewriting.cut import Cut, without
from generators.rewriting.inserting import with_definitions_inserted, with_item_inserted
from generators.rewriting.parts import guests_of, items_of, with_definition, with_item, with_refs
from generators.rewriting.sight import functions_in_sight, is_own
from generators.rewriting.slots import twins
from generators.typetext import provided

MOST_EXPORTS = 8


# -- relays


def relay(b: Blueprint, random: Random) -> Found:
    """Between one user of a function and the function: its lift, lowered and lifted once more; a guest that forwards
    it; or a component with such a guest."""
    able = [(d, i, ref) for d, i, ref in users(b) if isinstance(provided(b, b.definitions[d], ref), Signature)]
    if not able or _has_twins(b):
        return None
    d, i, ref = random.choice(able)
    signature = provided(b, b.definitions[d], ref)
    assert isinstance(signature, Signature)
    match random.choice(("relift", "relift", "guest", "component", "component")):
        case "relift" if not needs_memory(signature) and not is_own(b, d, ref):
            return (_between(b, d, i, ref, Relift(ref, signature), ()),
                    f"{named(ref)} of definition {d} lifted once more")
        case "component":
            inside = _forwarding(signature, Ref("import", 0), random)
            exports = (Export("f0", Ref("item", 0, ("f0",))),)
            inner = Definition(d + 1, (Import("in0", signature),), (inside,), exports)
            wider = with_definitions_inserted(b, d, (inner,))
            return (_between(wider, d + 1, i, ref, Child(d, (ref,)), ("f0",)),
                    f"a component between {named(ref)} of definition {d} and who uses it")
    forwarding = _forwarding(signature, ref, random)
    return (_between(b, d, i, ref, forwarding, ("f0",)),
            f"a guest between {named(ref)} of definition {d} and who uses it")


def _has_twins(b: Blueprint) -> bool:
    """Whether components pass for others: these would no longer have the same type."""
    return bool(twins(b))


def _between(b: Blueprint, d: int, i: int, ref: Ref, item: Item, path: tuple[str, ...]) -> Blueprint:
    """*item* before item *i* of definition *d*, which uses it instead of *ref*."""
    wider = with_item_inserted(b, d, i, item)
    return redirected(wider, d, i + 1, ref, Ref("item", i, path))


def _forwarding(signature: Signature, callee: Ref, random: Random) -> Guest:
    """A guest with one function, which calls *callee* with what it is given: text in the same encoding."""
    encoding = random.choice((None, *ENCODINGS))
    step = Step(0, tuple(Param(n) for n in range(len(signature.params))))
    function = Function(signature, (step,), None if signature.result is None else CallResult(0),
                        random.random() < 0.3, encoding)
    return Guest((GuestImport(callee, signature, encoding),), (function,),
                 lowering=random.choice(("direct", "indirect")))


def relay_removed(b: Blueprint, random: Random) -> Found:
    """What an item only hands on is used directly."""
    able = [(d, i) for d, i, item in items_of(b) if not isinstance(item, Guest)]
    random.shuffle(able)
    for d, i in able[:4]:
        if (changed := bypassed(b, d, i)) is not None and changed.calls:
            return changed, f"item {i} of definition {d} bypassed"
    return None


def bundled(b: Blueprint, random: Random) -> Found:
    """An instance of inline exports instead of an instance that a child is given."""
    able = []
    for d, i, item in items_of(b):
        if isinstance(item, Child):
            imports = b.definitions[item.definition].imports
            able += [(d, i, arg, used) for used, arg in zip(imports, item.args, strict=True)
                     if used.members and not used.library and not any("#" in name for name, _ in used.members)]
    if not able:
        return None
    d, i, arg, used = random.choice(able)
    bundle = Bundle(tuple((name, Ref(arg.source, arg.index, (*arg.path, name))) for name, _ in used.members))
    return _between(b, d, i, arg, bundle, ()), f"inline exports instead of {named(arg)} of definition {d}"


# -- instances


def instance_again(b: Blueprint, random: Random) -> Found:
    """A definition instantiated once more, with the same arguments, for one of those who used the instance."""
    able = [(d, i, item) for d, i, item in items_of(b) if isinstance(item, Child)]
    if not able or _has_twins(b):
        return None
    d, i, item = random.choice(able)
    wider = with_item_inserted(b, d, i + 1, item)
    later = [(at, ref) for here, at, ref in users(wider)
             if here == d and at > i + 1 and ref.source == "item" and ref.index == i]
    if later:
        at, ref = random.choice(later)
        wider = redirected(wider, d, at, ref, replace(ref, index=i + 1))
    elif d == wider.root:
        added = export_added(wider, random)
        if added is None:
            return None
        wider = added[0]
    return wider, f"item {i} of definition {d} instantiated once more"


def instance_shared(b: Blueprint, random: Random) -> Found:
    """One instance for the users of two."""
    children = [(d, i, item) for d, i, item in items_of(b) if isinstance(item, Child)]
    able = [(d, i, j) for d, i, one in children for e, j, other in children
            if d == e and i < j and one.definition == other.definition and one.given == other.given]
    if not able or _has_twins(b):
        return None
    d, i, j = random.choice(able)

    def shared(ref: Ref) -> Ref:
        return replace(ref, index=i) if ref.source == "item" and ref.index == j else ref

    changed = without(with_definition(b, d, with_refs(b.definitions[d], shared)), Cut(items={(d, j)}))
    return (changed, f"items {i} and {j} of definition {d} are one") if changed.calls else None


def item_removed(b: Blueprint, random: Random) -> Found:
    """An item with all that cannot be without it, if calls are left."""
    able = list(items_of(b))
    if len(able) < 2:
        return None
    d, i, _ = random.choice(able)
    changed = without(b, Cut(items={(d, i)}))
    return (changed, f"item {i} of definition {d} removed") if changed.calls else None


def function_removed(b: Blueprint, random: Random) -> Found:
    able = [(d, i, f) for d, i, guest in guests_of(b) for f in range(len(guest.functions))]
    if len(able) < 2:
        return None
    d, i, f = random.choice(able)
    changed = without(b, Cut(functions={(d, i, f)}))
    return (changed, f"function {f} of definition {d}, item {i} removed") if changed.calls else None


def idle_removed(b: Blueprint, random: Random) -> Found:
    """One function that nothing calls, or an item whose functions nothing calls."""
    ran = running(b)
    guests = {at[:2] for at in ran}
    cuts = [Cut(functions={(d, i, f)}) for d, i, guest in guests_of(b) for f in range(len(guest.functions))
            if (d, i, f) not in ran]
    cuts += [Cut(items={(d, i)}) for d, i, _ in guests_of(b) if (d, i) not in guests]
    if not cuts:
        return None
    changed = without(b, random.choice(cuts))
    return (changed, "what nothing calls removed") if changed.calls else None


def surplus(b: Blueprint, random: Random) -> Found:
    """A child is given something that it does not ask for, or no longer is; its component comes from the text."""
    able = [(d, i, item) for d, i, item in items_of(b) if isinstance(item, Child)]
    if not able:
        return None
    d, i, item = random.choice(able)
    if item.given is not None and b.definitions[item.definition].home in b.chain(d) and random.random() < 0.5:
        return with_item(b, d, i, replace(item, given=None)), f"item {i} of definition {d} from the text"
    if item.surplus:
        return with_item(b, d, i, replace(item, surplus=())), f"no surplus for item {i} of definition {d}"
    found = functions_in_sight(b, d, i)
    if not found:
        return None
    ref, _ = random.choice(found)
    return with_item(b, d, i, replace(item, surplus=(ref,))), f"{named(ref)} as surplus for item {i} of definition {d}"


def recurring(b: Blueprint, random: Random) -> Found:
    """A function calls another guest, or a child, that calls it."""
    if b.hostile:
        return None
    found = recursion(ByChance(random).draw, b, EVERYTHING)
    return None if found is None else (found, "a function that recurs")


# -- the outside


def export_added(b: Blueprint, random: Random) -> Found:
    """The root exports one function more; what calls there are may call it from now on."""
    root = b.definitions[b.root]
    if len(root.exports) >= MOST_EXPORTS:
        return None
    have = {export.ref for export in root.exports}
    able = [ref for ref, _ in functions_in_sight(b, b.root, len(root.items))
            if ref not in have and not is_host(b, b.root, ref)]
    if not able:
        return None
    ref = random.choice(able)
    names = {export.name for export in root.exports}
    name = next(name for n in range(100) if (name := f"f{n}") not in names)
    changed = with_definition(b, b.root, replace(root, exports=(*root.exports, Export(name, ref))))
    return changed, f"{named(ref)} exported as {name}"


def export_removed(b: Blueprint, random: Random) -> Found:
    root = b.definitions[b.root]
    if len(root.exports) < 2:
        return None
    name = random.choice(root.exports).name
    changed = without(b, Cut(exports={(b.root, name)}))
    return (changed, f"export {name} removed") if changed.calls else None


def by_host(b: Blueprint, random: Random) -> Found:
    """The host provides a function that something in the case did before."""
    root = b.definitions[b.root]
    able = [(i, ref) for d, i, ref in users(b) if d == b.root and i < len(root.items) and ref.source == "item"
            and isinstance(provided(b, root, ref), Signature)]
    if not able or len(root.imports) >= 6:
        return None
    i, ref = random.choice(able)
    signature = provided(b, root, ref)
    assert isinstance(signature, Signature)
    names = {used.name for used in root.imports}
    name = next(name for n in range(100) if (name := f"host{n}") not in names)
    wider = replace(root, imports=(*root.imports, Import(name, signature)))
    changed = redirected(with_definition(b, b.root, wider), b.root, i, ref, Ref("import", len(root.imports)))
    echoes = [n for n, t in enumerate(signature.params) if t == signature.result]
    result = signature.result
    answer = Answer() if result is None else Answer(result, fresh_image(result, random))
    behaviour = EchoArgument(random.choice(echoes)) if echoes and random.random() < 0.6 else answer
    host = (*changed.host, HostFunction((name,), behaviour))
    return replace(changed, host=host), f"the host instead of {named(ref)}: {said_signature(signature)}"


RELAY_CHANGES: Weighted = (
    (14, relay), (9, relay_removed), (4, bundled), (6, instance_again), (5, instance_shared), (9, item_removed),
    (4, function_removed), (8, idle_removed), (2, surplus), (3, recurring), (6, export_added), (3, export_removed),
    (5, by_host),
)

"""Less of what only passes things on: code from the text again, instances out of instances, shorter names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from generators.blueprint import Blueprint, Bundle, Child, Guest, Item, Ref, from_json, to_json
from generators.codetext import refs
from generators.frozen import put
from generators.rewriting.parts import with_definition, with_item, with_refs


def code_from_the_text(b: Blueprint) -> Iterator[Blueprint]:
    """One child or guest takes its component or core module from the text; or a child that imports a component is given
    the one whose type it declares; or one is given no more than it asks for."""
    for d, definition in enumerate(b.definitions):
        for i, item in enumerate(definition.items):
            if isinstance(item, Child) and item.surplus:
                yield with_item(b, d, i, replace(item, surplus=()))
            match item:
                case Guest(module=Ref()):
                    yield with_item(b, d, i, replace(item, module=None))
                case Child(given=Ref()) if b.definitions[item.definition].home in b.chain(d):
                    yield with_item(b, d, i, replace(item, given=None))
                case Child(definition=inner, args=args):
                    for k, (used, arg) in enumerate(zip(b.definitions[inner].imports, args, strict=True)):
                        if used.code is not None and used.code.item is None and arg.source == "component":
                            same = Ref("component", used.code.definition)
                            yield with_item(b, d, i, replace(item, args=put(args, k, same)))


def unpacked(b: Blueprint) -> Iterator[Blueprint]:
    """The definitions homed in one that does nothing but export code are homed around it, and taken from there."""
    for d, definition in enumerate(b.definitions):
        nothing = not definition.imports and all(isinstance(item, Bundle) for item in definition.items)
        if nothing and definition.home is not None:
            yield _unpacked(b, d, definition.home)


def _unpacked(b: Blueprint, library: int, home: int) -> Blueprint:
    definitions = []
    for d, definition in enumerate(b.definitions):
        chain = b.chain(d)
        position = chain.index(library) if library in chain[1:] else len(chain)

        def outside(levels: int, end: int = position) -> int:
            return levels - (levels > end)

        items = []
        for item in definition.items:
            if isinstance(item, Guest):
                item = replace(item, levels=outside(item.levels))
            elif isinstance(item, Child) and b.definitions[item.definition].home == library:
                item = replace(item, given=None)
            items.append(item)
        outer = tuple(outside(levels) for levels in definition.outer_types if levels != position)
        imports = tuple(replace(used, levels=outside(used.levels)) for used in definition.imports)
        moved = home if definition.home == library else definition.home
        definitions.append(
            replace(definition, home=moved, imports=imports, items=tuple(items), outer_types=outer)
        )
    return replace(b, definitions=tuple(definitions))


def unnested(b: Blueprint) -> Iterator[Blueprint]:
    """One import of an instance with another in it asks for that one instead."""
    for d, definition in enumerate(b.definitions):
        for k, used in enumerate(definition.imports):
            outer = {name.partition("#")[0] for name, _ in used.members if "#" in name}
            nested = all("#" in name for name, _ in used.members) and not used.library
            whole = any(ref == Ref("import", k) for ref in refs(definition))
            if definition.home is not None and nested and not whole and len(outer) == 1:
                yield _unnested(b, d, k, *outer)


def _unnested(b: Blueprint, number: int, k: int, outer: str) -> Blueprint:
    def inside(ref: Ref) -> Ref:
        to_it = ref.source == "import" and ref.index == k and ref.path[:1] == (outer,)
        return replace(ref, path=ref.path[1:]) if to_it else ref

    def given(item: Item) -> Item:
        if not isinstance(item, Child) or item.definition != number:
            return item
        arg = item.args[k]
        return replace(item, args=put(item.args, k, replace(arg, path=(*arg.path, outer))))

    definitions = []
    for d, definition in enumerate(b.definitions):
        if d == number:
            used = definition.imports[k]
            members = tuple((name.partition("#")[2], s) for name, s in used.members)
            imports = put(definition.imports, k, replace(used, members=members))
            definition = replace(with_refs(definition, inside), imports=imports)
        definitions.append(replace(definition, items=tuple(map(given, definition.items))))
    return replace(b, definitions=tuple(definitions))


def types_in_place(b: Blueprint) -> Iterator[Blueprint]:
    """The types of one definition's imports are defined where they are imported."""
    for d, definition in enumerate(b.definitions):
        imports = tuple(replace(used, levels=0) for used in definition.imports)
        if imports != definition.imports:
            yield with_definition(b, d, replace(definition, imports=imports))


_INTERFACE = re.compile(r'fuzz:([a-z0-9-]+)/api(?:@[^"#]*)?')


def plainer_names(b: Blueprint) -> Iterator[Blueprint]:
    """Plain names in place of interfaces' names: all of them, then one."""
    text = to_json(b)
    names = sorted({m[0] for m in _INTERFACE.finditer(text)}, key=len, reverse=True)
    if len(names) > 1:
        yield from_json(_INTERFACE.sub(r"\1", text))
    for name in names:
        yield from_json(re.sub(re.escape(name) + r'(?=["#])', _INTERFACE.sub(r"\1", name), text))

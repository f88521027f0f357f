"""Core modules and components as such: where modules are defined, and the types of both in text.

Those who are given code declare its type. A component's has the imports and exports of its definition, logs included; a
core module's is read off its fields, so that it has all that they import and all the functions and memories that they
export.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from generators.blueprint import Blueprint, Bundle, Child, Code, Definition, Guest, Import, Ref, Signature, Tree
from generators.logs import LOG_FUNCTIONS, logs, qualified
from generators.typetext import (
    TypeNames,
    constructed,
    import_signatures,
    mentions_nominal,
    provided,
    signatures_in,
    value_types,
)
from generators.valtypes import Type

Typed: TypeAlias = Callable[[Signature], str]
"""A function type as a definition writes it, without the word `func`."""


def refs(definition: Definition) -> Iterator[Ref]:
    """All that the definition passes on, or takes code from."""
    for item in definition.items:
        match item:
            case Child(args=args, given=given, surplus=surplus):
                yield from (*args, *surplus) if given is None else (*args, *surplus, given)
            case Bundle(entries=entries):
                yield from (ref for _, ref in entries)
            case Guest(module=Ref() as ref):
                yield ref
    yield from (export.ref for export in definition.exports)


def passes_code(definition: Definition) -> bool:
    """Whether it passes on components or core modules, or makes instances of what it is passed."""
    return any(ref.code is not None for ref in refs(definition)) or any(
        isinstance(item, Child) and item.given is not None for item in definition.items
    )


def module_homes(blueprint: Blueprint) -> dict[Code, int]:
    """The definitions that hold the core modules which somebody takes from the text to pass them on.

    A guest that is given its core module by others has it defined around all who pass it on from the text, the
    innermost such place or, as `Guest.levels` says, further out.
    """
    users: dict[Code, list[int]] = {}
    for d, definition in enumerate(blueprint.definitions):
        for ref in refs(definition):
            if ref.source == "module" and (code := ref.code) is not None:
                users.setdefault(code, []).append(d)
    homes: dict[Code, int] = {}
    for code, found in users.items():
        guest = blueprint.definitions[code.definition].items[code.item or 0]
        assert isinstance(guest, Guest)
        own = () if guest.module is not None else (code.definition,)
        first, *others = [blueprint.chain(d) for d in (*own, *found)]
        around = [d for d in first if all(d in other for other in others)]
        wanted = first[min(guest.levels, len(first) - 1)] if own else around[min(guest.levels, len(around) - 1)]
        homes[code] = wanted if wanted in around else around[0]
    return homes


_IMPORT = re.compile(r'^ *(\(import "[^"]*" "[^"]*" .*\))$', re.MULTILINE)
_FUNCTION = re.compile(r'\(func (?:\$\S+ )?\(export ("[^"]*")\)((?:\s*\((?:param|result)[^()]*\))*)')
_MEMORY = re.compile(r'\(memory (?:\$\S+ )?\(export ("[^"]*")\)([^()]*)\)')
_NAME = re.compile(r"\$[^\s()]+ ?")


def module_type(fields: str) -> str:
    """The declarations in the type of the core module that has *fields*."""
    declared = [_NAME.sub("", line) for line in _IMPORT.findall(fields)]
    declared += [f"(export {name} (func{_NAME.sub('', t)}))" for name, t in _FUNCTION.findall(fields)]
    declared += [f"(export {name} (memory{t}))" for name, t in _MEMORY.findall(fields)]
    return " ".join(declared)


class CodeTypes:
    """Types of the code in one blueprint, as text."""

    def __init__(self, blueprint: Blueprint, types: Mapping[int, TypeNames], modules: Mapping[Code, str]) -> None:
        """*types*: by definition; *modules*: the fields of each core module."""
        self._blueprint = blueprint
        self._types = types
        self._modules = modules
        self._known: dict[Code, str] = {}

    def described(self, tree: Tree, typed: Typed, name: str = "") -> str:
        """The type of a function, of code or of an instance: what follows the name in an import or export. *name* is
        given to it (`$id`, and a space before)."""
        match tree:
            case Signature():
                return f"(func{name}{typed(tree)})"
            case Code(item=None):
                return f"(component{name} {self._code(tree)})"
            case Code():
                return f"(core module{name} {self._code(tree)})"
        exports = "".join(f' (export "{inner}" {self.described(t, typed)})' for inner, t in tree.items())
        return f"(instance{name}{exports})"

    def alone(self, number: int, used: Import) -> str | None:
        """The type of definition *number*'s import *used* as a definition of its own anywhere around; None if it has
        none."""
        match used.tree:
            case Signature():
                return None
            case Code(item=item) as code:
                return f"(component {self._code(code)})" if item is None else f"(module {self._code(code)})"
            case tree if mentions_nominal(tree):
                return None
        types = self._types[number]
        mentioned = {t for s in signatures_in(tree) for v in value_types(s) for t in constructed(v)}
        declared = "".join(f" (type {name} {types.text(t)})" for t, name in types.names.items() if t in mentioned)
        return f"(instance{declared}{self.described(tree, types.function).removeprefix('(instance')}"

    def _code(self, code: Code) -> str:
        if code not in self._known:
            component = code.item is None
            self._known[code] = self._component(code.definition) if component else module_type(self._modules[code])
        return self._known[code]

    def _component(self, number: int) -> str:
        definition, types = self._blueprint.definitions[number], self._types[number]
        exports = {e.name: provided(self._blueprint, definition, e.ref) for e in definition.exports}
        declared = [*self._named(types, definition, exports)]
        declared += [f'(import "{i.name}" {self.described(i.tree, types.function)})' for i in definition.imports]
        declared += [f'(export "{name}" {self.described(tree, types.function)})' for name, tree in exports.items()]
        for prefix, _ in logs(self._blueprint, number):
            declared += [f'(export "{qualified(prefix, name)}" (func {t}))' for name, t in LOG_FUNCTIONS]
        return " ".join(declared)

    def _named(self, types: TypeNames, definition: Definition, exports: dict[str, Tree]) -> Iterator[str]:
        """The value types that the component's imports and exports mention."""
        mentioned: set[Type] = set()
        for s in (*import_signatures(definition.imports), *signatures_in(exports)):
            for t in value_types(s):
                mentioned.update(constructed(t))
        for t, name in types.names.items():
            if t in types.imported or t in types.exported:
                way = "import" if t in types.imported else "export"
                yield f"(type {name}.is {types.text(t)})"
                yield from types.bound(t, way)
            elif t in mentioned:
                yield f"(type {name} {types.text(t)})"

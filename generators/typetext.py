"""Value types in a definition's text: each has a name; those that imports and exports mention are imported or exported.

Records, variants, enums and flags can be part of an imported or exported function's type only if the component imports
or exports them by name (Explainer.md, "Import and Export Definitions"). Definition *n* calls its types `$D<n>.v0`, ...

Types are structural ("Type Checking"): the two sides of an import may call the same type by different names, and a name
bounded by `eq` stands for the type that it bounds. `Definition.naming` says what a definition makes of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from fact.model.types import Prim
from generators.blueprint import (
    Blueprint,
    Bundle,
    Child,
    Code,
    Definition,
    Guest,
    Import,
    Naming,
    Ref,
    Relift,
    Signature,
    Tree,
)
from generators.valtypes import (
    BorrowOf,
    EnumOf,
    FlagsOf,
    ListOf,
    MapOf,
    OptionOf,
    OwnOf,
    RecordOf,
    ResultOf,
    TupleOf,
    Type,
    VariantOf,
    is_nominal,
    kind_of,
    parts,
    walk,
)


@lru_cache(maxsize=1024)
def constructed(t: Type) -> tuple[Type, ...]:
    """The types that are made by a constructor, in *t*; parts before wholes."""
    return tuple(dict.fromkeys(u for u in walk(t) if not isinstance(u, Prim)))


@lru_cache(maxsize=1024)
def nominal_parts(s: Signature) -> tuple[Type, ...]:
    """The records, variants, enums and flags in a function's type."""
    return tuple(u for u in constructed_parts(s) if isinstance(u, RecordOf | VariantOf | EnumOf | FlagsOf))


@lru_cache(maxsize=256)
def constructed_parts(s: Signature) -> tuple[Type, ...]:
    """The types that are made by a constructor, in a function's type."""
    return tuple(dict.fromkeys(u for t in value_types(s) for u in constructed(t)))


def value_types(s: Signature) -> tuple[Type, ...]:
    return s.params if s.result is None else (*s.params, s.result)


def mentions_nominal(tree: Tree) -> bool:
    if isinstance(tree, dict):
        return any(map(mentions_nominal, tree.values()))
    if isinstance(tree, Code):
        return False
    return any(map(is_nominal, value_types(tree)))


def signatures_in(tree: Tree) -> Iterator[Signature]:
    if isinstance(tree, dict):
        for inside in tree.values():
            yield from signatures_in(inside)
    elif isinstance(tree, Signature):
        yield tree


def import_signatures(imports: Iterable[Import]) -> Iterator[Signature]:
    for used in imports:
        if used.signature is not None:
            yield used.signature
        for _, signature in used.members:
            yield signature


def provided(blueprint: Blueprint, definition: Definition, ref: Ref) -> Tree:
    """The type of the function or code, or the exports of the instance, that *ref* names in *definition*."""
    path = ref.path
    tree: Tree
    if (code := ref.code) is not None:
        return code
    if ref.source == "import":
        tree = definition.imports[ref.index].tree
    else:
        match definition.items[ref.index]:
            case Guest(functions=functions):
                return functions[int(path[0][1:])].signature
            case Child(definition=inner):
                inside = blueprint.definitions[inner]
                if not path:
                    return {e.name: provided(blueprint, inside, e.ref) for e in inside.exports}
                export = next(e for e in inside.exports if e.name == path[0])
                return provided(blueprint, inside, Ref(export.ref.source, export.ref.index,
                                                       (*export.ref.path, *path[1:])))
            case Bundle(entries=entries):
                tree = {name: provided(blueprint, definition, inner) for name, inner in entries}
            case Relift(signature=signature):
                return signature
    for name in path:
        assert isinstance(tree, dict)
        tree = tree[name]
    return tree


@lru_cache(maxsize=1024)
def is_whole(t: Type) -> bool:
    """Whether *t*, defined elsewhere, can be named here: nothing in it has to have a name of its own."""
    return not any(map(is_nominal, parts(t)))


def is_plain(used: Import) -> bool:
    """Whether it imports an instance of nothing but functions, with types among theirs that must have names."""
    functions = bool(used.members) and not used.library and all("#" not in name for name, _ in used.members)
    return functions and any(is_nominal(t) for _, s in used.members for t in value_types(s))


def member_types(used: Import) -> dict[Type, str]:
    """The types that must have names, in the functions of an imported instance, with names for them there."""
    types = dict.fromkeys(t for _, s in used.members for t in nominal_parts(s))
    return {t: f"ty{n}" for n, t in enumerate(types)}


class TypeNames:
    """The names of the value types that definition *number* uses."""

    naming: tuple[Naming, ...] = ()

    def __init__(self, blueprint: Blueprint, number: int, inner: dict[int, tuple[Type, ...]]) -> None:
        """*inner*: by definition, the types that instances of it have to be given."""
        definition = blueprint.definitions[number]
        self.number = number
        self.naming = definition.naming
        wanted = constructed_parts if "all" in self.naming else nominal_parts
        self.members = {
            used.name: member_types(used) for used in definition.imports if "members" in self.naming and is_plain(used)
        }
        imports = [used for used in definition.imports if used.name not in self.members]
        self.imported = tuple(dict.fromkeys(t for s in import_signatures(imports) for t in wanted(s)))
        self.needed = tuple(dict.fromkeys((*self.imported, *(t for types in self.members.values() for t in types))))
        exports = [s for e in definition.exports for s in signatures_in(provided(blueprint, definition, e.ref))]
        self.exported = {t for s in exports for t in wanted(s)}
        found: dict[Type, None] = {}
        for s in (*_mentioned(definition), *exports):
            for t in value_types(s):
                found.update(dict.fromkeys(constructed(t)))
        for item in definition.items:
            if isinstance(item, Child):
                for t in inner[item.definition]:
                    found.update(dict.fromkeys(constructed(t)))
        self.names = {t: f"$D{number}.v{i}" for i, t in enumerate(found)}

    def lines(self, home: TypeNames | None) -> Iterator[str]:
        """The definitions of the types; *home* has the names of the definition around this one."""
        imported = set(self.imported)
        for t, name in self.names.items():
            if t in imported:
                yield self.defined(t, f"{name}.is", home)
                yield from self.bound(t, "import")
            elif t in self.exported:
                yield self.defined(t, f"{name}.is", home)
                yield f'(export {name} "{self.label(t)}" (type {name}.is))'
            else:
                yield self.defined(t, name, home)
            if "again" in self.naming and (t in imported or t in self.exported):
                yield f'(export {name}.again "{self.label(t)}-again" (type {name}))'

    def instance(self, used: Import, name: str) -> str:
        """The type of an imported instance that has its types with it."""
        types = dict.fromkeys(t for _, s in used.members for t in constructed_parts(s))
        declared = []
        for t in types:
            if (label := self.members[used.name].get(t)) is None:
                declared.append(f"(type {self.names[t]} {self.text(t)})")
            else:
                declared.append(f"(type {self.names[t]}.is {self.text(t)})")
                declared.append(f'(export "{label}" (type {self.names[t]} (eq {self.names[t]}.is)))')
        declared += [f'(export "{member}" (func{self.function(s)}))' for member, s in used.members]
        return f"(instance{name} {' '.join(declared)})"

    def defined(self, t: Type, name: str, home: TypeNames | None) -> str:
        """The definition of *t* as *name*."""
        if "outer" in self.naming and home is not None and t in home.names and is_whole(t):
            return f"(alias outer $D{home.number} {home.names[t]} (type {name}))"
        return f"(type {name} {self.text(t)})"

    def bound(self, t: Type, way: str) -> Iterator[str]:
        """Imports or exports, of one's own or declared, that make `name` a type equal to `name.is`."""
        *firsts, last = self.import_labels(t)
        name, equal = self.names[t], f"{self.names[t]}.is"
        for label in firsts:
            yield f'({way} "{label}" (type {name}.first (eq {equal})))'
            equal = f"{name}.first"
        yield f'({way} "{last}" (type {name} (eq {equal})))'

    def label(self, t: Type) -> str:
        """Under which *t* is imported or exported."""
        number = self.names[t].rpartition("v")[2]
        return f"{(kind_of(t) or 'type').partition('-')[0]}-n{number}" if "kinds" in self.naming else f"t{number}"

    def import_labels(self, t: Type) -> tuple[str, ...]:
        """All under which *t* is imported, or the one for an export; the last is what everything else goes by."""
        chained = "chained" in self.naming and t in self.imported
        return (f"{self.label(t)}-first", self.label(t)) if chained else (self.label(t),)

    def given(self, t: Type) -> str | None:
        """Under which an instance of the definition exports *t*, if it does."""
        if "again" in self.naming and (t in self.imported or t in self.exported):
            return f"{self.label(t)}-again"
        return self.label(t) if t in self.exported and t not in self.imported else None

    def function(self, s: Signature) -> str:
        """A function type, without the word `func`."""
        params = "".join([f' (param "p{i}" {self.name(t)})' for i, t in enumerate(s.params)])
        return params if s.result is None else f"{params} (result {self.name(s.result)})"

    def exported_function(self, s: Signature) -> str:
        """The type of a function that is exported: by the last of the names that types are exported under."""
        if "again" not in self.naming:
            return self.function(s)
        params = "".join([f' (param "p{i}" {self.again(t)})' for i, t in enumerate(s.params)])
        return params if s.result is None else f"{params} (result {self.again(s.result)})"

    def again(self, t: Type) -> str:
        return f"{self.names[t]}.again" if t in self.imported or t in self.exported else self.name(t)

    def name(self, t: Type) -> str:
        return t.value if isinstance(t, Prim) else self.names[t]

    def text(self, t: Type) -> str:
        match t:
            case Prim():
                return t.value
            case ListOf(element=element, length=length):
                return f"(list {self.name(element)}{'' if length is None else f' {length}'})"
            case MapOf(key=key, value=value):
                return f"(map {self.name(key)} {self.name(value)})"
            case RecordOf(fields=fields):
                return f"(record{''.join(self.field(i, f) for i, f in enumerate(fields))})"
            case TupleOf(elements=elements):
                return f"(tuple{''.join(f' {self.name(e)}' for e in elements)})"
            case VariantOf(cases=cases):
                return f"(variant{''.join(self.case(i, c) for i, c in enumerate(cases))})"
            case EnumOf(count=count):
                return f"(enum{labels('c', count)})"
            case OptionOf(payload=payload):
                return f"(option {self.name(payload)})"
            case ResultOf(ok=ok, error=error):
                good = "" if ok is None else f" {self.name(ok)}"
                return f"(result{good}{'' if error is None else f' (error {self.name(error)})'})"
            case FlagsOf(count=count):
                return f"(flags{labels('b', count)})"
            case OwnOf(resource=resource):
                return f"(own $h{resource})"
            case BorrowOf(resource=resource):
                return f"(borrow $h{resource})"

    def field(self, i: int, t: Type) -> str:
        return f' (field "f{i}" {self.name(t)})'

    def case(self, i: int, payload: Type | None) -> str:
        return f' (case "c{i}"{"" if payload is None else " " + self.name(payload)})'


def labels(letter: str, count: int) -> str:
    return "".join([f' "{letter}{i}"' for i in range(count)])


def _mentioned(definition: Definition) -> Iterator[Signature]:
    yield from definition.types
    yield from import_signatures(definition.imports)
    for item in definition.items:
        match item:
            case Guest(functions=functions):
                yield from (f.signature for f in functions)
            case Relift(signature=signature):
                yield signature

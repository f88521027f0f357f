"""What a component asks of another that it instantiates, and is no longer there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from fuzz.minimise.scripts.tree import Node, Tree


@dataclass(frozen=True, slots=True)
class Has:
    """What an instance exports, as far as it is known what these are."""

    exports: Mapping[str, Known | None]


Known: TypeAlias = "Has | Tree"
"""An instance; or the tree of a component, module or type."""
Scope: TypeAlias = "dict[str, Known]"
ATTRIBUTES = frozenset({"implements", "external-id", "versionsuffix"})
"""What may stand between the name of an import or export and what it is."""
_UNKNOWN = Tree(("unknown",))
"""For what is not known, or not well-formed: candidates need not be."""


def broken_links(body: Tree) -> set[str]:
    """The names of what cannot be had any more: aliases of exports, imports that nothing is given for, and declarations
    in the types of imported instances."""
    found: set[str] = set()
    if body.head == "component":
        _component(body, {}, found)
    return found


def _component(node: Tree, around: Scope, found: set[str]) -> Has:
    """Its exports. Names are unique, so that one scope serves all that is within another."""
    scope = dict(around)
    exports: dict[str, Known | None] = {}
    for field in node.trees:
        match field:
            case ("core", "module", str() as name, *_):
                scope[name] = field
            case ("component", str() as name, *_):
                scope[name] = field
                _component(field, scope, found)
            case ("core" | "type", *_, Tree()) if "type" in field[:2] and isinstance(field[-2], str):
                scope[field[-2]] = field
            case ("core", "instance", str() as name, *parts):
                scope[name] = _core_instance(parts, scope, found)
            case ("instance", str() as name, *parts):
                scope[name] = _instance(parts, scope, found)
            case ("alias", "outer", _, str() as meant, (*_, str() as name)) if meant in scope:
                scope[name] = scope[meant]
            case ("alias", "export", str() as instance, str() as wanted, (*_, str() as name)):
                _alias(scope.get(instance), wanted, name, scope, found)
            case ("alias", "core", "export", str() as instance, str() as wanted, (*_, str() as name)):
                _alias(scope.get(instance), wanted, name, scope, found)
            case ("import", _, *_, ("instance", str() as name, ("type", str() as type))):
                scope[name] = _declared(scope.get(type))
            case ("export", str() as name, str() as label, *_):
                meant = str(_item(field)[-1])
                known = scope.get(meant)
                exports[label] = known
                if known is not None:
                    scope[name] = known
    return Has(exports)


def _item(export: Tree) -> Tree:
    """What is exported, without its type."""
    return next((n for n in export.trees if n.head not in ATTRIBUTES), _UNKNOWN)


def _alias(of: Known | None, wanted: str, name: str, scope: Scope, found: set[str]) -> None:
    if not isinstance(of, Has):
        return
    if wanted not in of.exports:
        found.add(name)
    elif (known := of.exports[wanted]) is not None:
        scope[name] = known


def _exports(parts: list[Node], scope: Scope) -> Has:
    return Has({str(p[1]): scope.get(str(_item(p)[-1])) for p in parts if isinstance(p, Tree) and p.head == "export"})


def _given(node: Tree, scope: Scope) -> dict[str, Known | None]:
    return {str(g[1]): scope.get(str(g[2][-1])) for g in node.trees if len(g) == 3 and g[2]}


def _instance(parts: list[Node], scope: Scope, found: set[str]) -> Known:
    match parts:
        case [("instantiate", str() as what, *_) as node]:
            component = scope.get(what)
            given = _given(node, scope)
            if not isinstance(component, Tree) or component.head != "component":
                return _UNKNOWN
            for wanted, name, type in _imports(component):
                if wanted not in given:
                    found.add(name)
                elif type is not None:
                    _lacking(given[wanted], type, found)
            return _component(component, scope, set())
    return _exports(parts, scope)


def _lacking(given: Known | None, type: Tree, found: set[str]) -> None:
    """Declarations of a type that an instance has nothing for."""
    if isinstance(given, Has):
        found.update(name for label, name in _declarations(type) if label not in given.exports)


def _imports(component: Tree) -> Iterator[tuple[str, str, Tree | None]]:
    """Label and name of each import; the type if it is of an instance."""
    types: dict[str, Tree] = {}
    for field in component.trees:
        match field:
            case ("type", str() as name, ("instance", *_)):
                types[name] = field
            case ("import", str() as label, *_, ("instance", str() as name, ("type", str() as type))):
                yield label, name, types.get(type)
            case ("import", str() as label, *_, (_, str(), *_) as item):
                yield label, str(item[2 if item.head == "core" else 1]), None


def _declarations(type: Tree) -> Iterator[tuple[str, str]]:
    """Label and name of each export that the type of an instance declares."""
    declared = type[-1]
    assert isinstance(declared, Tree)
    for d in declared.trees:
        if d.head == "export" and d.trees and len(item := d.trees[-1]) > 2:
            yield str(d[1]), str(item[2 if item.head == "core" else 1])


def _declared(type: Known | None) -> Known:
    if not isinstance(type, Tree) or not isinstance(type[-1], Tree) or type[-1].head != "instance":
        return _UNKNOWN
    return Has({label: None for label, _ in _declarations(type)})


def _core_instance(parts: list[Node], scope: Scope, found: set[str]) -> Known:
    match parts:
        case [("instantiate", str() as what, *_) as node]:
            module, given = scope.get(what), _given(node, scope)
            if not isinstance(module, Tree) or module[:2] != ("core", "module"):
                return _UNKNOWN
            for field in module.trees:
                match field:
                    case ("import", str() as space, str() as wanted, (_, str() as name, *_)):
                        given_here = given.get(space)
                        if space not in given or (isinstance(given_here, Has) and wanted not in given_here.exports):
                            found.add(name)
            return Has({str(f[1]): None for f in module.trees if f.head == "export"})
    return _exports(parts, scope)


"""Ways by which code comes to where it is instantiated.

Mostly a definition finds components and core modules in its own text or, by an outer alias, in the text around. It can
also import them, alone or in an instance; then whoever instantiates it has to find them in turn. And an instance can
export them: that of a component made for the purpose (a *library*) or one of inline exports.
"""

from __future__ import annotations

from generators.blueprint import Bundle, Child, Code, Export, Import, Ref, in_text
from generators.drawing import pick, seldom
from generators.scope import SELF, Growth, Scope, new_scope

_IMPORTS = ("import", "import in an instance")
_MODULE = (*("text",) * 40, *("import",) * 2, "import in an instance")
_COMPONENT = (*("text",) * 10, *("import",) * 6, *("import in an instance",) * 2, "library", "inline exports")
_OWN_COMPONENT = (*("text",) * 60, "library", "inline exports")
_ARGUMENT = (*("text",) * 4, *("import",) * 2, "import in an instance", "library", "inline exports")


def component(g: Growth, scope: Scope, number: int) -> Ref | None:
    """Where *scope* gets definition *number*, which is in its sight; None for the text."""
    found = _found(g, scope, Code(number), _COMPONENT, _OWN_COMPONENT)
    return None if found.source == "component" else found


def module(g: Growth, scope: Scope) -> Ref | None:
    """Where *scope* gets the core module of its next item, a guest; None for the text.

    It can only be an import: a library would have to come before the definition whose guest it is.
    """
    if scope.parent is None:
        return None
    way = pick(g.draw, g.axes.among("code from", _MODULE))
    return None if way == "text" else _demanded(scope, Code(SELF, len(scope.items)), way)


def argument(g: Growth, scope: Scope, used: Import) -> Ref:
    """What *scope* passes for the import *used* of code that is in its sight."""
    if used.code is not None:
        return _found(g, scope, used.code, _ARGUMENT)
    entries = tuple((name, _found(g, scope, code, _ARGUMENT)) for name, code in used.library)
    return g.add(scope, Bundle(entries))


def library(g: Growth, scope: Scope, home: Scope, code: Code) -> Ref:
    """An instance, in *scope*, of a component in *home* that exports *code*: the export."""
    return exported(g, scope, new_scope(scope, home, [], ()), code)


def exported(g: Growth, scope: Scope, inside: Scope, code: Code) -> Ref:
    """An instance, in *scope*, of the library *inside*, which has *code* in sight: its export."""
    exports = [Export(_name(code), in_text(code))]
    if seldom(g.draw, 3):
        bundle = g.add(inside, Bundle(((_name(code), in_text(code)),)))
        exports = [Export("lib", bundle)]
    ref = g.add(scope, Child(g.complete(inside, exports)))
    ref = Ref(ref.source, ref.index, ("lib", _name(code)) if exports[0].name == "lib" else (_name(code),))
    scope.codes.append((ref, code))
    return ref


def in_sight(g: Growth, scope: Scope, code: Code) -> bool:
    """Whether *scope* finds *code* in its text; where a core module is defined, depends on who passes it on."""
    return code.item is not None or g.drafts[code.definition].home in scope.chain


def _found(g: Growth, scope: Scope, code: Code, ways: tuple[str, ...], own: tuple[str, ...] = ()) -> Ref:
    """By one of *ways*; by one of *own* if there is nobody who could pass *code* to *scope*."""
    if scope.parent is None or not in_sight(g, scope.parent, code):
        ways = own or tuple(way for way in ways if way not in _IMPORTS)
    match pick(g.draw, g.axes.among("code from", ways)):
        case "text":
            return in_text(code)
        case "library":
            homes = [home for home in scope.chain if in_sight(g, home, code)]
            return library(g, scope, pick(g.draw, homes), code)
        case "inline exports":
            bundle = g.add(scope, Bundle(((_name(code), in_text(code)),)))
            ref = Ref(bundle.source, bundle.index, (_name(code),))
            scope.codes.append((ref, code))
            return ref
        case way:
            return _demanded(scope, code, way)


def _demanded(scope: Scope, code: Code, way: str) -> Ref:
    name = _name(code)
    number = len(scope.imports)
    if way == "import":
        ref = scope.demand(Import(f"{name}{number}", code=code), code)
    else:
        ref = scope.demand(Import(f"lib{number}", library=((name, code),)), {name: code})
        ref = Ref(ref.source, ref.index, (name,))
    if code.definition != SELF:
        scope.codes.append((ref, code))
    return ref


def _name(code: Code) -> str:
    return "component" if code.item is None else "module"

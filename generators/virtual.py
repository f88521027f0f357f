"""Components between two others: one imports an instance and exports one of the same shape, so that who was given the
first can be given the second. Some functions it hands on as they are, some its guest forwards, some it changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from msgspec.structs import replace

from generators import routes
from generators.blueprint import Bundle, Export, Function, GuestImport, Import, Ref, Step
from generators.bodies import constant, guest
from generators.drawing import pick, seldom
from generators.operands import CallResult, Changed, Operand, Param
from generators.passing import Found, callable_in, instance_name
from generators.scope import Growth, Provider, Scope, extended

_WAYS = ("handed on", "forwarded", "argument changed", "result changed", "constant")
"""What becomes of a function."""

MEMBERS = 4
"""Of the instance, at most."""

_Entries: TypeAlias = dict[tuple[str, ...], Ref]
"""By path in the instance."""


def interface(g: Growth, scope: Scope, suppliers: Sequence[Provider]) -> tuple[Import, Ref] | None:
    """An import of an instance, and the argument, by what one of *suppliers* has; None if none has functions."""
    able = [p for p in suppliers if callable_in(p.provided)]
    if not able:
        return None
    supplier = pick(g.draw, able[::-1])
    found = callable_in(supplier.provided)[:MEMBERS]
    name = instance_name(g, "dep0")
    if supplier.whole:
        return Import(name, None, tuple(("#".join(path), node.signature) for path, node in found)), supplier.ref
    entries = tuple((f"b{n}", extended(supplier.ref, path)) for n, (path, _) in enumerate(found))
    members = tuple((f"b{n}", node.signature) for n, (_, node) in enumerate(found))
    return Import(name, None, members), g.add(scope, Bundle(entries))


def fill(g: Growth, scope: Scope, used: Import, found: Sequence[Found]) -> list[Export]:
    """Gives *scope*, which imports *used* as its first import, the guest and returns the exports."""
    ways = [pick(g.draw, g.axes.among("virtual", _WAYS)) for _ in found]
    if all(way == "handed on" for way in ways):
        ways[-1] = "forwarded"
    made = guest(g.draw, [(extended(Ref("import", 0), path), node) for path, node in found], types=g.types,
                 levels=len(scope.chain) - 1, memory64=g.memory64)
    functions: list[Function] = []
    entries: _Entries = {}
    for n, ((path, _), way) in enumerate(zip(found, ways, strict=True)):
        if way == "handed on":
            entries[path] = extended(Ref("import", 0), path)
        else:
            entries[path] = Ref("item", 0, (f"f{len(functions)}",))
            functions.append(_function(g, made.imports[n], n, way))
    g.add(scope, replace(made, functions=tuple(functions), module=routes.module(g, scope)))
    return _shaped(g, scope, used.name, entries)


def _function(g: Growth, used: GuestImport, callee: int, way: str) -> Function:
    signature = used.signature
    args: list[Operand] = [Param(i) for i in range(len(signature.params))]
    returns: Operand | None = None if signature.result is None else CallResult(0)
    if way == "argument changed" and args:
        i = pick(g.draw, range(len(args)))
        args[i] = Changed(args[i], "next")
    elif way in ("argument changed", "result changed") and returns is not None:
        returns = Changed(returns, "next")
    elif way == "constant" and signature.result is not None:
        returns = constant(g.draw, signature.result, g.types.taste)
    return Function(signature, (Step(callee, tuple(args)),), returns, seldom(g.draw, 4), used.encoding)


def _shaped(g: Growth, scope: Scope, name: str, entries: _Entries) -> list[Export]:
    """The exports: an instance of the same name as the import, or its members as the component's own exports."""
    if seldom(g.draw, 2):
        return [Export(member, ref) for member, ref in _entries(g, scope, entries)]
    return [Export(name, g.add(scope, Bundle(_entries(g, scope, entries))))]


def _entries(g: Growth, scope: Scope, entries: _Entries) -> tuple[tuple[str, Ref], ...]:
    """Those of one instance; what is deeper becomes instances in it."""
    made: list[tuple[str, Ref]] = []
    for name in dict.fromkeys(path[0] for path in entries):
        inner = {path[1:]: ref for path, ref in entries.items() if path[0] == name}
        made.append((name, inner[()] if () in inner else g.add(scope, Bundle(_entries(g, scope, inner)))))
    return tuple(made)

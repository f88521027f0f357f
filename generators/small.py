"""Small cases: one function that crosses one boundary, called once or twice.

A caller passes on what it is given, or constants, to one callee: another component's guest (a sibling's, a child's or
its parent's), its own, or the host; or the host calls the callee. With so little around, what is drawn for the types,
the options and the hostile layer comes to the boundary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from hypothesis import strategies as st
from msgspec.structs import replace

from generators.axes import Axes
from generators.blueprint import (
    Child,
    Definition,
    Encoding,
    Export,
    Failure,
    Function,
    Guest,
    GuestImport,
    Import,
    Ref,
    Signature,
    Step,
)
from generators.bodies import constant, drawn_allocator, drawn_encoding, drawn_lift_options, drawn_lower_options
from generators.drawing import often, pick, seldom
from generators.layout import needs_memory, spills, spills_result
from generators.mill import Taste
from generators.operands import CallResult, Operand, Param
from generators.smalltypes import SmallTypes, padded_out
from generators.valtypes import Type, has_strings

Boundary: TypeAlias = Literal["adapter", "host import", "export", "itself"]

_BOUNDARIES: tuple[Boundary, ...] = (*("adapter",) * 12, *("host import",) * 6, *("export",) * 3, "itself")
_OF_ONE: tuple[Boundary, ...] = ("host import", "export")
_LAYOUTS = (*("siblings",) * 4, *("parent calls",) * 2, "child calls")


@dataclass(frozen=True, slots=True)
class Small:
    """What a small case is drawn with. *memory64*: memories may have 64-bit addresses."""

    draw: st.DrawFn
    types: SmallTypes
    taste: Taste
    axes: Axes
    spilled: bool
    reentrance: bool
    memory64: bool
    of_one: bool
    """There is to be one guest."""

    def definitions(self) -> tuple[Definition, ...]:
        signature = self.signature()
        able = tuple(b for b in _BOUNDARIES if self.reentrance or b != "itself")
        match pick(self.draw, self.axes.among("boundary", _OF_ONE if self.of_one else able)):
            case "adapter":
                return self.adapter(signature)
            case "host import":
                caller = self.caller(signature, Ref("import", 0))
                return (Definition(None, (Import("host0", signature),), (caller,), _exported("run", 0, 0)),)
            case "itself":
                return (self.itself(signature),)
        return (Definition(None, (), (self.callee(signature),), _exported("run", 0, 0)),)

    def adapter(self, signature: Signature) -> tuple[Definition, ...]:
        callee, given = self.callee(signature), (Import("given", signature),)
        match pick(self.draw, _LAYOUTS):
            case "siblings":
                caller, first = self.caller(signature, Ref("import", 0)), Ref("item", 0, ("given",))
                return (
                    Definition(2, (), (callee,), _exported("given", 0, 0)),
                    Definition(2, given, (caller,), _exported("run", 0, 0)),
                    Definition(None, (), (Child(0), Child(1, (first,))), (Export("run", Ref("item", 1, ("run",))),)),
                )
            case "parent calls":
                caller = self.caller(signature, Ref("item", 0, ("given",)))
                return (
                    Definition(1, (), (callee,), _exported("given", 0, 0)),
                    Definition(None, (), (Child(0), caller), _exported("run", 1, 0)),
                )
        caller, first = self.caller(signature, Ref("import", 0)), Ref("item", 0, ("f0",))
        return (
            Definition(1, given, (caller,), _exported("run", 0, 0)),
            Definition(None, (), (callee, Child(0, (first,))), (Export("run", Ref("item", 1, ("run",))),)),
        )

    def itself(self, signature: Signature) -> Definition:
        """A guest that calls its own first function."""
        callee, caller = self.callee(signature), self.caller(signature, Ref("item", 0, ("f0",)))
        used = replace(caller.imports[0], encoding=callee.functions[0].encoding)
        both = replace(
            callee, imports=(used,), functions=(*callee.functions, *caller.functions), lowering="indirect",
            memory="own",
        )
        return Definition(None, (), (both,), _exported("run", 0, 1))

    # -- types

    def signature(self) -> Signature:
        first, beside_many = self.types.placed()
        params: tuple[Type, ...] = (first,)
        if seldom(self.draw, 3):
            second = first if seldom(self.draw, 2) else self.types.placed()[0]
            params = (first, second)
        result = pick(self.draw, (*params, *params, self.types.placed()[0], None))
        if beside_many and self.spilled:
            params = padded_out(params, self.types.scalars)
        if seldom(self.draw, 8):
            params = ()
        while not self.spilled and spills(Signature(params)):
            params = params[:-1]
        return Signature(params, result)

    # -- guests

    def callee(self, signature: Signature) -> Guest:
        """Its function returns one of its arguments of that type, or a constant; seldom it fails."""
        post_return, encoding, options = drawn_lift_options(self.draw, self.axes)
        fails = None
        if signature.params and seldom(self.draw, 12) and self.axes.on("program", "failure"):
            fails = Failure(Param(0), "throw" if often(self.draw, 3) else "unreachable")
        if seldom(self.draw, 2 if spills_result(signature) else 3):
            post_return = self.axes.on("program", "post-return")
        function = Function(
            signature, (), self.returned(signature), post_return, self.encoding(signature, encoding), options,
            fails=fails,
        )
        return self.guest(Guest((), (function,)))

    def returned(self, signature: Signature) -> Operand | None:
        result = signature.result
        if result is None:
            return None
        same = [n for n, t in enumerate(signature.params) if t == result]
        return Param(pick(self.draw, same)) if same and often(self.draw, 4) else constant(self.draw, result, self.taste)

    def caller(self, signature: Signature, callee: Ref) -> Guest:
        """Its function passes on its own arguments, or constants; and gives back what it gets, or nothing."""
        encoding, options = drawn_lower_options(self.draw, self.axes)
        used = GuestImport(callee, signature, self.encoding(signature, encoding), options)
        post_return, encoding, options = drawn_lift_options(self.draw, self.axes)
        args: tuple[Operand, ...] = tuple(Param(n) for n in range(len(signature.params)))
        own = signature
        if pick(self.draw, (False, True)):
            args = tuple(constant(self.draw, t, self.taste) for t in signature.params)
            own = Signature((), signature.result)
        if seldom(self.draw, 6):
            own = Signature(own.params)
        step = Step(0, args, guarded=seldom(self.draw, 4) and self.axes.on("step", "guarded"))
        returns = CallResult(0) if own.result is not None else None
        function = Function(own, (step,), returns, post_return, self.encoding(own, encoding), options)
        direct = pick(self.draw, self.axes.among("lowering", ("direct", "indirect"))) == "direct"
        guest = self.guest(Guest((used,), (function,), (), "direct" if direct else "indirect"))
        if direct and (used.options or needs_memory(signature)):
            return replace(guest, memory="imported")
        return guest

    def guest(self, guest: Guest) -> Guest:
        wide = self.memory64 and pick(self.draw, (True, False))
        return replace(guest, memory64=wide, allocator=drawn_allocator(self.draw, self.axes),
                       vectors=seldom(self.draw, 6) and self.axes.on("program", "vectors"))

    def encoding(self, signature: Signature, drawn: Encoding | None) -> Encoding | None:
        types = signature.params if signature.result is None else (*signature.params, signature.result)
        return drawn or (drawn_encoding(self.draw, self.axes) if any(map(has_strings, types)) else None)


def _exported(name: str, item: int, function: int) -> tuple[Export, ...]:
    return (Export(name, Ref("item", item, (f"f{function}",))),)

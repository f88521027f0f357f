"""Smaller cases about handles: two instances are one, which does itself what one asked of the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

from msgspec.structs import replace

from generators.blueprint import Signature
from generators.handles import (
    HOST,
    Call,
    Definition,
    Dropping,
    FromHost,
    Function,
    HandleBlueprint,
    Instance,
    Resource,
    Run,
    Source,
)
from generators.handles_script import (
    RECEIVED,
    RETURNED,
    Copy,
    Drop,
    Empty,
    Fill,
    Hook,
    Invoke,
    New,
    Op,
    Reg,
    Rep,
    Script,
)
from generators.handles_used import only_what_is_used, with_script
from generators.handles_values import handles_in, renumbered_signature, slots_in
from generators.valtypes import BorrowOf


def merged(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """Two instances with core code in place of which there is one: where the second is, or as the parent of all others.

    Calls of one by the other become what the callee does, handles and all. Cases without groups only.
    """
    guests = [i for i in range(len(b.instances)) if not b.definition(i).relay]
    if b.groups:
        return
    for first, second in combinations(guests, 2):
        pair = _Pair(b, first, second)
        places = [(first, b.parent)] if b.parent and first == 0 else [(second, b.parent), (first, b.parent), (0, True)]
        for at, parent in places:
            if (whole := pair.merged(at, parent)).fits():
                yield from only_what_is_used(whole)


@dataclass(slots=True)
class _Pair:
    """*first* and *second* of *before*, and what one instance in their place needs: *imports* of resource types, then
    its own types; *calls*, what it imports of functions."""

    before: HandleBlueprint
    first: int
    second: int
    imports: list[Source] = field(init=False)
    calls: list[tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        b = self.before
        known = (b.resource(i, t) for i in self.both for t in range(b.definition(i).types))
        self.imports = [r for r in dict.fromkeys(known) if r.instance not in self.both]
        self.calls = [(i, k) for i in self.both for k in range(len(b.instances[i].functions))
                      if b.callee(i, k).instance not in self.both]

    @property
    def both(self) -> tuple[int, int]:
        return self.first, self.second

    def type(self, instance: int, number: int) -> int:
        """What the new instance calls a type that one of the two knows."""
        resource = self.before.resource(instance, number)
        if resource in self.imports:
            return self.imports.index(resource)
        own = resource.index - self.before.definition(resource.instance).imported
        skipped = len(self.before.definition(self.first).resources) if resource.instance == self.second else 0
        return len(self.imports) + skipped + own

    def typed(self, instance: int, s: Signature) -> Signature:
        return renumbered_signature(s, lambda t: self.type(instance, t))

    def definition(self) -> Definition:
        b = self.before
        both = [(i, b.definition(i)) for i in self.both]
        functions = [replace(f, signature=self.typed(i, f.signature)) for i, d in both for f in d.functions]
        return Definition(
            len(self.imports), tuple(self.typed(i, b.definition(i).imports[k]) for i, k in self.calls),
            tuple(self.resource(i, r) for i, d in both for r in d.resources), tuple(map(_plain, functions)),
            hosts=tuple(n for n, (i, k) in enumerate(self.calls) if b.callee(i, k).instance == HOST),
        )

    def resource(self, instance: int, r: Resource) -> Resource:
        """With a destructor of the guest's own in place of another instance's."""
        if isinstance(r.destructor, Dropping):
            return Resource(Dropping(self.type(instance, r.destructor.type)))
        return r if isinstance(r.destructor, bool) else Resource()

    def merged(self, at: int, parent: bool) -> HandleBlueprint:
        b = self.before
        others = [i for i in range(len(b.instances)) if i not in self.both]
        order: list[int | None] = [i for i in others if i < at]
        place = len(order)
        order += [None, *(i for i in others if i >= at)]
        number = 0 if parent and place == 0 else len(b.definitions)

        def moved(s: Source, renumbered: Callable[[int, int], int]) -> Source:
            if s.instance == HOST:
                return s
            if s.instance in self.both:
                return Source(place, renumbered(s.instance, s.index))
            return Source(order.index(s.instance), s.index)

        def function(instance: int, index: int) -> int:
            return index + (len(b.definition(self.first).functions) if instance == self.second else 0)

        def instance(i: int | None) -> Instance:
            if i is None:
                types = tuple(moved(r, self.type) for r in self.imports)
                functions = tuple(moved(b.instances[j].functions[k], function) for j, k in self.calls)
                return Instance(number, types, functions)
            old = b.instances[i]
            note = old.noted if old.noted in (None, HOST) else moved(Source(old.noted, 0), lambda *_: 0).instance
            return Instance(old.definition + (old.definition >= number), tuple(moved(s, self.type) for s in old.types),
                            tuple(moved(s, function) for s in old.functions), note)

        def call(c: Call) -> Call:
            match c:
                case Run(instance=i):
                    script = tuple(self.script(i, c.script))
                    return Run(moved(Source(i, 0), lambda *_: 0).instance, script)
                case FromHost():
                    return with_script(c, tuple(self.script(b.enters(c), c.script)))
            return c

        definitions = (*b.definitions[:number], self.definition(), *b.definitions[number:])
        return replace(
            b, definitions=definitions, instances=tuple(map(instance, order)),
            calls=tuple(map(call, b.calls)), exports=tuple(moved(s, function) for s in b.exports), parent=parent,
        )

    # -- scripts

    def script(self, instance: int, script: Script) -> Iterator[Op]:
        for op in script:
            match op:
                case Hook():
                    yield replace(op, script=tuple(self.script(instance, op.script)))
                case Invoke():
                    yield from self.call(instance, op)
                case New(type=t) | Drop(type=t) | Rep(type=t) | Fill(type=t) | Empty(type=t) if instance in self.both:
                    yield replace(op, type=self.type(instance, t))
                case _:
                    yield op

    def call(self, instance: int, op: Invoke) -> Iterator[Op]:
        callee = self.before.callee(instance, op.callee)
        inner = tuple(self.script(callee.instance, op.script))
        if instance not in self.both:
            yield replace(op, script=inner)
        elif callee.instance not in self.both:
            yield replace(op, callee=self.calls.index((instance, op.callee)), script=inner)
        else:
            yield from self.done(callee, op, inner)

    def done(self, callee: Source, op: Invoke, inner: Script) -> Iterator[Op]:
        """What becomes of a call of *callee*, without drops of what it would be lent."""
        function = self.before.definition(callee.instance).functions[callee.index]
        given = [t for p, image in zip(function.signature.params, op.args, strict=True) for t in handles_in(p, image)]
        lent = {Reg(RECEIVED + n) for n, t in enumerate(given) if isinstance(t, BorrowOf)}
        used = any(isinstance(part, Reg) and part.number >= RECEIVED for part in _operands(inner))
        if used:
            yield from (Copy(handle, RECEIVED + n) for n, handle in enumerate(op.handles[:RETURNED - RECEIVED]))
        yield from (part for part in inner if not (isinstance(part, Drop) and part.handle in lent))
        yield from self.results(callee, function, op.to, inner)

    def results(self, callee: Source, function: Function, to: int, inner: Script) -> Iterator[Op]:
        """New resources where the callee can make them and has put none out."""
        result = function.signature.result
        if result is None:
            return
        out = {part.to for part in inner if isinstance(part, Copy)}
        kinds = handles_in(result, function.returns)
        for n, (t, slot) in enumerate(zip(kinds, slots_in(result, function.returns), strict=True)):
            own = t.resource >= self.before.definition(callee.instance).imported
            register = RETURNED + slot % (16 - RETURNED)
            if own and register not in out:
                yield New(self.type(callee.instance, t.resource), 1 + n, (to + n) % 16)
            else:
                yield Copy(Reg(register), (to + n) % 16)


def _plain(f: Function) -> Function:
    return replace(f, form="plain")


def _operands(script: Script) -> Iterator[object]:
    for op in script:
        match op:
            case Invoke():
                yield from op.handles
            case Rep() | Drop() | Copy() | Empty():
                yield op.handle

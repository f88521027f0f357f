"""Changes of core code in component graphs: steps of functions, constants, results, starts, exports."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from msgspec.structs import replace

from generators.frozen import put
from generators.graphs import GraphBlueprint, Module, walk
from generators.graphs_code import PAIRS, REALLOCATED, SCRATCH, TEXT
from generators.graphs_core import (
    Call,
    Code,
    Compute,
    Const,
    CoreFunc,
    Count,
    Fail,
    Function,
    Global,
    Grow,
    Indirect,
    Load,
    Memory,
    Move,
    Operand,
    Param,
    Read,
    Result,
    Step,
    Store,
    Table,
    Tag,
    Throw,
)
from generators.graphs_repair import without_steps
from generators.mutation.graphs_places import GraphChange, with_definition
from generators.mutation.words import said

CONSTANTS = (0, 1, 2, 7, 0x61, 0xFF, 0x100, 0x1234, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)
MOST_STEPS = 12

_Place = tuple[Module, int]
"""A module, and one of its functions by number."""


def _functions(b: GraphBlueprint, random: Random, wanted: Callable[[Function], bool] = lambda _: True) -> _Place | None:
    there = [(d, n) for d in walk(b.body) if isinstance(d, Module)
             for n, f in enumerate(d.code.functions) if wanted(f)]
    return random.choice(there) if there else None


def _changed(b: GraphBlueprint, place: _Place, f: Function) -> GraphBlueprint:
    d, n = place
    return with_definition(b, d, replace(d, code=replace(d.code, functions=put(d.code.functions, n, f))))


def _said(place: _Place) -> str:
    return f"function {place[0].code.functions[place[1]].name} of module {place[0].id}"


# -- steps


def fewer_steps(b: GraphBlueprint, random: Random) -> GraphChange:
    if (place := _functions(b, random, lambda f: bool(f.steps))) is None:
        return None
    f = place[0].code.functions[place[1]]
    n = random.randrange(len(f.steps))
    return _changed(b, place, without_steps(f, {n})), f"step {n} taken out, {said(f.steps[n])}, {_said(place)}"


def moved_step(b: GraphBlueprint, random: Random) -> GraphChange:
    """A step done before the one before it, where it does not use what that gives; or once more."""
    if (place := _functions(b, random, lambda f: len(f.steps) - f.tail > 0)) is None:
        return None
    f = place[0].code.functions[place[1]]
    count = len(f.steps) - f.tail
    if count > 1 and random.random() < 0.5:
        n = random.randrange(1, count)
        order = {n: n - 1, n - 1: n}
        steps = put(put(f.steps, n, f.steps[n - 1]), n - 1, f.steps[n])
        moved = tuple(with_results(s, lambda r: order.get(r, r)) for s in steps)
        changed = replace(f, steps=moved, returns=_operand(f.returns, lambda r: order.get(r, r)))
        return _changed(b, place, changed), f"steps {n - 1} and {n} swapped, {_said(place)}"
    n = random.randrange(count)
    if len(f.steps) >= MOST_STEPS:
        return None
    again = with_step(f, n + 1, f.steps[n])
    return _changed(b, place, again), f"step {n} once more, {said(f.steps[n])}, {_said(place)}"


def more_steps(b: GraphBlueprint, random: Random) -> GraphChange:
    """A step about what the code has: a function before, a memory, a global, a tag, a table. `graphs_calls` has steps
    about what there is around it."""
    if (place := _functions(b, random, lambda f: len(f.steps) < MOST_STEPS)) is None:
        return None
    d, number = place
    f = d.code.functions[number]
    at = random.randrange(len(f.steps) - f.tail + 1)
    step = drawn_step(d.code, number, at, random)
    if step is None:
        return None
    return _changed(b, place, with_step(f, at, step)), f"{said(step)} as step {at}, {_said(place)}"


def drawn_step(code: Code, number: int, at: int, random: Random) -> Step | None:
    """Something that function *number* can do as its step *at*."""
    f = code.functions[number]

    def operand() -> Operand:
        options: list[Operand] = [Const(random.choice(CONSTANTS)), *(Param(n) for n in range(len(f.type.params)))]
        options += [Result(n) for n in range(max(0, at - 3), at)]
        return random.choice(options)

    known = {i.name: i.type for i in code.imports if not isinstance(i.type, CoreFunc)} | dict(code.own)
    known |= {g.name: g.type for g in code.functions[:number] if not g.allocates}
    if not known or random.random() < 0.1:
        return Compute(random.choice(("simd", "gc")), operand())
    name = random.choice(list(known))
    match known[name]:
        case CoreFunc(params=params):
            return Call(name, tuple(operand() for _ in params))
        case Memory():
            ways: tuple[Step, ...] = (
                Store(name, _scratch(random), operand()), Load(name, _scratch(random)),
                Move(name, name, SCRATCH + 16, random.choice((0, 1, 8, 33, 64))),
                Move(name, "", SCRATCH + 16, random.choice((0, 1, 8, 33))),
                Read(name, Const(random.choice((TEXT, PAIRS, SCRATCH, REALLOCATED))), Const(random.choice((4, 64)))),
                Grow(name) if random.random() < 0.2 else Load(name, PAIRS),
            )
            return random.choice(ways)
        case Global():
            return Count(name, operand())
        case Tag():
            return Throw(name, operand())
        case Table():
            slots = [(e.offset + n, known[g]) for e in code.elements if e.table == name
                     for n, g in enumerate(e.functions) if g in known]
            if slots:
                slot, t = random.choice(slots)
                assert isinstance(t, CoreFunc)
                return Indirect(name, slot, t, tuple(operand() for _ in t.params))
    return None


def _scratch(random: Random) -> int:
    return SCRATCH + 4 * random.randrange(8)


def with_step(f: Function, at: int, step: Step) -> Function:
    """*f* with another step; those after it still use what they used."""
    def later(r: int) -> int:
        return r + (r >= at)

    steps = (*f.steps[:at], step, *(with_results(s, later) for s in f.steps[at:]))
    return replace(f, steps=steps, returns=_operand(f.returns, later))


def _operand(o: Operand, number: Callable[[int], int]) -> Operand:
    return Result(number(o.step)) if isinstance(o, Result) else o


def with_results(s: Step, number: Callable[[int], int]) -> Step:
    """*s* with other numbers for the steps whose results it uses."""
    return with_operands(s, lambda _, o: _operand(o, number))


def with_operands(s: Step, change: Callable[[int, Operand], Operand]) -> Step:
    """*s* with others for its operands, which are numbered in order."""
    named = ((name, getattr(s, name, None)) for name in ("operand", "pointer", "size"))
    fields = [name for name, o in named if isinstance(o, Param | Const | Result)]
    changes: dict[str, object] = {name: change(n, getattr(s, name)) for n, name in enumerate(fields)}
    if isinstance(s, Call | Indirect):
        changes["args"] = tuple(change(len(fields) + n, o) for n, o in enumerate(s.args))
    return replace(s, **changes) if changes else s


def operands(s: Step) -> list[Operand]:
    found: list[Operand] = []

    def noted(_: int, o: Operand) -> Operand:
        found.append(o)
        return o

    with_operands(s, noted)
    return found


# -- what steps are about


def other_operand(b: GraphBlueprint, random: Random) -> GraphChange:
    """A constant, parameter or result in place of another where any number will do."""
    return _with_operand(b, lambda s: not isinstance(s, Call | Indirect | Read), random)


def other_argument_in_code(b: GraphBlueprint, random: Random) -> GraphChange:
    """An argument of a call in core code, whatever it has to be: pointers, lengths, handles, characters."""
    return _with_operand(b, lambda s: isinstance(s, Call | Indirect | Read), random)


def _with_operand(b: GraphBlueprint, wanted: Callable[[Step], bool], random: Random) -> GraphChange:
    place = _functions(b, random, lambda f: any(operands(s) for s in f.steps if wanted(s)))
    if place is None:
        return None
    f = place[0].code.functions[place[1]]
    n = random.choice([n for n, s in enumerate(f.steps) if wanted(s) and operands(s)])
    step = f.steps[n]
    which = random.randrange(len(operands(step)))
    new = other_number(operands(step)[which], f, n, random)
    changed = with_operands(step, lambda m, o: new if m == which else o)
    after = _changed(b, place, replace(f, steps=put(f.steps, n, changed)))
    return after, f"operand {which} of step {n} is {said(new)}, not {said(operands(step)[which])}, {_said(place)}"


def other_number(old: Operand, f: Function, before: int, random: Random) -> Operand:
    options: list[Operand] = [Param(n) for n in range(len(f.type.params))]
    options += [Result(n) for n in range(before)][-3:]
    if isinstance(old, Const):
        options += [Const((old.value + by) & 0xFFFF_FFFF) for by in (1, -1, 4, -4, 16)]
    return random.choice([*options, Const(random.choice(CONSTANTS)), Const(random.choice(CONSTANTS))])


def other_return(b: GraphBlueprint, random: Random) -> GraphChange:
    """What a function returns: any number, which may have to be a pointer or a character."""
    place = _functions(b, random, lambda f: bool(f.type.results) and not f.allocates and not f.tail)
    if place is None:
        return None
    f = place[0].code.functions[place[1]]
    new = other_number(f.returns, f, len(f.steps), random)
    return _changed(b, place, replace(f, returns=new)), f"{said(new)} returned, not {said(f.returns)}, {_said(place)}"


def other_area(b: GraphBlueprint, random: Random) -> GraphChange:
    """Addresses and sizes of what is stored, loaded, copied."""
    place = _functions(b, random, lambda f: any(isinstance(s, Store | Load | Move) for s in f.steps))
    if place is None:
        return None
    f = place[0].code.functions[place[1]]
    n = random.choice([n for n, s in enumerate(f.steps) if isinstance(s, Store | Load | Move)])
    step = f.steps[n]
    if isinstance(step, Move):
        changed: Step = replace(step, size=random.choice((0, 1, 7, 8, 16, 33, 64, 100)))
    else:
        changed = replace(step, at=_scratch(random))
    after = _changed(b, place, replace(f, steps=put(f.steps, n, changed)))
    return after, f"step {n} is {said(changed)}, {_said(place)}"


def other_tail(b: GraphBlueprint, random: Random) -> GraphChange:
    """The last call is a tail call, or is none any more: then its result is what is returned."""
    def able(f: Function) -> bool:
        return bool(f.steps) and isinstance(f.steps[-1], Call) and not f.allocates and not f.steps[-1].caught

    place = _functions(b, random, able)
    if place is None:
        return None
    f = place[0].code.functions[place[1]]
    changed = replace(f, tail=not f.tail, returns=Result(len(f.steps) - 1) if f.tail else f.returns)
    return _changed(b, place, changed), f"the last step is {'no' if f.tail else 'a'} tail call, {_said(place)}"


def failing(b: GraphBlueprint, random: Random) -> GraphChange:
    """A trap or an exception that is not caught at the end; or without one that is there."""
    place = _functions(b, random)
    if place is None:
        return None
    d, number = place
    f = d.code.functions[number]
    there = [n for n, s in enumerate(f.steps) if isinstance(s, Fail) or (isinstance(s, Throw) and not s.caught)]
    if there:
        return _changed(b, place, without_steps(f, there)), f"nothing fails, {_said(place)}"
    tags = [n for n, t in (*((i.name, i.type) for i in d.code.imports), *d.code.own) if isinstance(t, Tag)]
    step = Throw(random.choice(tags), Const(3), False) if tags and random.random() < 0.6 else Fail()
    return _changed(b, place, with_step(f, len(f.steps) - f.tail, step)), f"{said(step)} at the end, {_said(place)}"

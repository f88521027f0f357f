"""Steps for guests of component graphs about what is there around them, as the generator would draw them: calls of
functions that fit, with what they want; memories, tables, tags of others."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from generators.frozen import put
from generators.graphs import CoreInstance, GraphBlueprint, Module, Parts, references, walk
from generators.graphs_bodies import Body, Want
from generators.graphs_core import Code, CoreExport, CoreFunc, CoreImport
from generators.graphs_effects import evaluated
from generators.graphs_facts import (
    UNMARKED,
    Cells,
    CoreExports,
    CoreFacts,
    CoreFn,
    CoreModule,
    core_type,
)
from generators.graphs_guests import Draft
from generators.graphs_scope import Item, Scope, core_sort, sort_of
from generators.mutation.graphs_code import MOST_STEPS
from generators.mutation.graphs_places import GraphChange, home, with_definition
from generators.mutation.graphs_roles import scope_at
from generators.mutation.words import said

MOST_IMPORTS = 12


def more_calls(b: GraphBlueprint, random: Random) -> GraphChange:
    """Steps of the generator's in a function of a guest that is instantiated once; what they are about is imported."""
    modules = {d.id: d for d in walk(b.body) if isinstance(d, Module)}
    used = [i for d in walk(b.body) if not isinstance(d, Module) for i in references(d)]
    there = [d for d in walk(b.body) if isinstance(d, CoreInstance) and d.module in modules
             and modules[d.module].code.functions and len(modules[d.module].code.imports) < MOST_IMPORTS]
    if not there:
        return None
    instance = random.choice(there)
    module = modules[instance.module]
    component, position = home(b, instance.id)
    if used.count(module.id) > 1 and home(b, module.id)[0] != component:
        return None
    scope = scope_at(b, random, component, position)
    if scope is None:
        return None
    number = random.randrange(len(module.code.functions))
    grown = _grown(scope, module, instance, number, random)
    if grown is None:
        return None
    code, chosen = grown
    if chosen and used.count(module.id) > 1:
        return None
    added = scope.body[position:]
    after = with_definition(b, module, replace(module, code=code))
    if chosen:
        parts = Parts(scope.number(), tuple((n, core_sort(i), scope.use(i)) for n, i in chosen.items()))
        added = [*scope.body[position:], parts]
        named = next(i.instance for i in code.imports if i.name in chosen)
        after = with_definition(after, instance, *added, replace(instance, args=(*instance.args, (named, parts.id))))
    steps = code.functions[number].steps
    what = f"{said(steps[-1])} and what comes before" if steps else "nothing"
    return after, f"function {code.functions[number].name} of module {module.id} does {what}"


def _grown(
    scope: Scope, module: Module, instance: CoreInstance, number: int, random: Random
) -> tuple[Code, dict[str, Item]] | None:
    """The code with more steps, and what it imports for them."""
    code, f = module.code, module.code.functions[number]
    if len(f.steps) >= MOST_STEPS or f.allocates:
        return None
    facts = next(i.facts for i in scope.items if i.id == module.id) if any(
        i.id == module.id for i in scope.items) else None
    made = facts.made.get(f.name, UNMARKED) if isinstance(facts, CoreModule) else UNMARKED
    draft = _draft(scope, code, instance, number)
    if draft is None:
        return None
    tail = f.steps[-1:] if f.tail else ()
    steps = list(f.steps[: len(f.steps) - len(tail)])
    body = Body(draft, Want(f.type, made), steps, code.start == f.name)
    callees = [i for i in scope.some("core func") if scope.callable(i.facts) and not _wants_handles(i)]
    before = len(steps)
    if callees and random.random() < 0.6:
        name = draft.callee(random.choice(callees[-8:]))
        if body.may(draft.known[name]) and body.satisfied(draft.known[name]):
            body.call(name)
    if len(steps) == before:
        body.step()
    if len(steps) == before:
        return None
    chosen = {n: i for n, i in draft.chosen.items() if n not in {i.name for i in code.imports}}
    taken = {i.instance for i in code.imports} | {n for n, _ in instance.args}
    where = next(n for k in range(len(taken) + 1) if (n := f"q{k}") not in taken)
    imports = (*code.imports, *(CoreImport(n, where, n, core_type(i.facts))  # type: ignore[arg-type]
                                for n, i in chosen.items()))
    functions = put(code.functions, number, replace(f, steps=(*steps, *tail)))
    return replace(code, imports=imports, own=tuple(draft.own.items()), functions=functions), chosen


def _wants_handles(item: Item) -> bool:
    return isinstance(item.facts, CoreFn) and any(w.startswith("handle") for w in item.facts.wants)


def _draft(scope: Scope, code: Code, instance: CoreInstance, number: int) -> Draft | None:
    """The code as it was when it was drawn up to that function."""
    numbers = dict(instance.args)
    items = {i.id: i for i in scope.items if i.id is not None}
    draft = Draft(scope, own=dict(code.own))
    given: dict[tuple[str, str], CoreFacts] = {}
    for i in code.imports:
        if i.name == "log":
            continue
        of = items.get(numbers[i.instance])
        if of is None or not isinstance(of.facts, CoreExports):
            return None
        facts = of.facts.exports[i.field]
        given[i.instance, i.field] = facts
        draft.chosen[i.name] = next((j for j in scope.items if j.facts is facts), Item(sort_of(facts), facts))
        if isinstance(facts, CoreFn):
            draft.known[i.name] = facts
        if isinstance(facts, Cells):
            draft.cells[i.name] = {n: g for n, g in facts.slots.items() if scope.callable(g)}
    seen = replace(code, elements=(), start="", exports=tuple(
        CoreExport(f.name, "func", f.name) for f in code.functions[:number] if isinstance(f.type, CoreFunc)))
    for name, facts in evaluated(CoreModule(seen, {}), given).items():
        assert isinstance(facts, CoreFn)
        if scope.callable(facts):
            draft.known[name] = facts
    return draft

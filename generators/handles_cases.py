"""A strategy for cases about handles: a topology, then scripts that make sense in it, and now and then do not.

Each operation is drawn when those before it have run in a model (`handles_model`), so what a register holds is known;
`handles_choices` says which handles it can be about, `handles_together` what belongs together, `handles_mistakes` what
goes wrong. A case makes no more than two mistakes, so that what comes of it has one cause.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from msgspec.structs import replace

from fact.model.traps import Trap
from generators.axes import EVERYTHING, Axes
from generators.drawing import often, pick, seldom
from generators.handles import Call, FromHost, HandleBlueprint, HostDrop, Run, Source
from generators.handles_choices import Mistakes
from generators.handles_mistakes import planned_ways, tempting
from generators.handles_operations import Operations
from generators.handles_script import AT_A_TIME, RECEIVED, RETURNED, Copy, New, Op, Raw, Rep
from generators.handles_together import special
from generators.handles_topologies import MOST_INSTANCES, Topology
from generators.handles_values import handles_in, slots_in
from generators.valtypes import OwnOf

MOST_OPERATIONS = 28
"""After so many no script of a case goes on; what a call still has to drop or return comes on top."""

SPECIAL = 8
"""Once in so many times an operation is one of several that belong together, or an unusual one."""


@st.composite
def handle_blueprints(
    draw: st.DrawFn, *, junk: bool = True, host: bool = True, axes: Axes = EVERYTHING
) -> HandleBlueprint:
    """Blueprints of 2 to 4 component instances, seldom up to 8.

    *junk*: some scripts pass handles that they should not. *host*: in some the host holds handles. *axes*: what to do
    without.
    """
    topology = Topology(draw, axes)
    many = axes.on("handle topology", "many") and seldom(draw, 16)
    blueprint = topology.made(pick(draw, (5, 6, MOST_INSTANCES)) if many else pick(draw, (2, 3, 4, 3, 4)))
    if host and seldom(draw, 2):
        blueprint = replace(blueprint, exports=topology.exports())
    mistakes = Mistakes.drawn(draw, axes, pick(draw, (1, 2, 1, 2, 0)) if junk else 0)
    scripts = Scripts(draw, blueprint, axes, mistakes, MOST_OPERATIONS)
    calls = [scripts.call() for _ in range(pick(draw, (1, 2, 2, 3)))]
    return replace(blueprint, calls=tuple(calls))


# -- scripts


@dataclass(slots=True)
class Scripts(Operations):
    """Scripts for one blueprint."""

    def call(self) -> Call:
        call = self.planned()
        made: list[Op] = []
        try:
            match call:
                case Run(instance=instance):
                    self.model.run(instance, lambda: self.asked(instance, made))
                case FromHost(export=export):
                    callee = self.blueprint.behind(self.blueprint.exports[export])
                    self.model.from_host(call, lambda: self.nested(callee, made, 1))
                case HostDrop():
                    self.model.call(call)
        except Trap:
            self.begin()
        return call if isinstance(call, HostDrop) else replace(call, script=tuple(made))

    def planned(self) -> Call:
        """A call that the host can make, still without its script."""
        if self.blueprint.exports and often(self.draw, 4):
            if self.model.host and seldom(self.draw, 3):
                return HostDrop(pick(self.draw, list(self.model.host)))
            export = pick(self.draw, range(len(self.blueprint.exports)))
            if (args := self.choices.host_args(export)) is not None:
                return FromHost(export, args)
        able = [i for i in reversed(range(len(self.blueprint.instances))) if not self.blueprint.definition(i).relay]
        likely = able[-1] if self.blueprint.parent else able[0]
        return Run(pick(self.draw, (likely, likely, likely, *able)))

    def script(self, instance: int, made: list[Op], count: int, depth: int) -> None:
        """Adds to *made* what it has run."""
        for _ in range(count):
            if self.left <= 0:
                return
            if seldom(self.draw, SPECIAL // 2 if planned_ways(self) else SPECIAL):
                special(self, instance, made, depth)
            else:
                self.run(instance, self.op(instance, depth), made, depth)

    def asked(self, instance: int, made: list[Op]) -> None:
        """What the host asks of *instance*."""
        self.script(instance, made, pick(self.draw, (6, 5, 7, 4, 9)), 0)

    def nested(self, callee: Source, inner: list[Op], depth: int) -> None:
        """What *callee* does."""
        planted, self.planted = self.planted, None
        if planted is not None:
            planted(callee.instance, inner, depth)
        quiet, self.quiet = self.quiet, False
        imports = self.blueprint.definition(callee.instance).imports
        has_some = any(self.choices.has_some(callee.instance, c) for c in range(len(imports)))
        count = 0 if quiet else pick(self.draw, (1, 2, 0, 3) if has_some else (0, 0, 1, 2))
        self.script(callee.instance, inner, count, depth)
        self.finish(callee, inner, depth)

    def finish(self, callee: Source, inner: list[Op], depth: int) -> None:
        """Puts out what *callee* returns, and drops what it was lent."""
        function = self.blueprint.definition(callee.instance).functions[callee.index]
        result = function.signature.result
        if result is not None:
            slots = zip(handles_in(result, function.returns), slots_in(result, function.returns), strict=True)
            for t, slot in slots:
                self.put_out(callee.instance, t.resource, RETURNED + slot % AT_A_TIME, inner, depth)
        for index, held in list(self.model.holders[callee.instance].held()):
            if not held.own and held.lends == 0 and not self.choices.errs("left", 1):
                self.run(callee.instance, self.drop(callee.instance, index, held), inner, depth)

    def put_out(self, instance: int, type: int, register: int, inner: list[Op], depth: int) -> None:
        """Something to return where the guest cannot make it, and sometimes where it can."""
        own = type >= self.blueprint.definition(instance).imported
        if (wrong := self.choices.wrong_handle("result", 2, instance, OwnOf(type))) is not None:
            self.run(instance, Copy(wrong, register), inner, depth)
            return
        if own and often(self.draw, 4):
            return
        taken = self.model.holders[instance].registers[RETURNED:]
        there = [i for i, _ in self.choices.holdings(instance, OwnOf(type)) if i not in taken]
        if there:
            self.run(instance, Copy(self.choices.operand(instance, pick(self.draw, there)), register), inner, depth)

    def op(self, instance: int, depth: int) -> Op:
        definition, holder = self.blueprint.definition(instance), self.model.holders[instance]
        own = self.own_types(instance)
        held = list(holder.held())
        calls = self.able(instance, depth)
        passing = [c for c in calls if self.choices.has_some(instance, c)]
        asking = [c for c in calls if c not in passing and definition.imports[c].result is not None]
        other = [c for c in calls if c not in passing and c not in asking]
        able = [(i, h) for i, h in held if not h.lends
                and (not h.own or self.choices.can_be_destroyed(instance, h.resource, h.rep))]
        few = len(held) < 3
        ways = ["pass"] * 14 * bool(passing) + ["ask"] * (8 if few else 1) * bool(asking)
        ways += ["new"] * (2 if few else 1) * bool(own) + ["drop"] * 2 * bool(able)
        ways += ["call"] * bool(other)
        ways += ["rep"] * any(h.resource.instance == instance for _, h in held)
        lent = [i for i, h in held if h.lends]
        if lent and self.choices.spares():
            return self.drop(instance, lent[0], holder.get(lent[0]))
        if self.mistakes.planned and (wrong := tempting(self, instance, held, depth)) and self.choices.seizes():
            return pick(self.draw, wrong)
        match pick(self.draw, self.axes.among("handle operation", ways)) if ways else "":
            case "pass":
                return self.invoke(instance, pick(self.draw, passing))
            case "ask":
                return self.invoke(instance, pick(self.draw, asking))
            case "call":
                return self.invoke(instance, pick(self.draw, other))
            case "new":
                type = pick(self.draw, own)
                return New(type, self.rep(instance, type), pick(self.draw, range(RECEIVED)))
            case "rep":
                index, kept = pick(self.draw, [(i, h) for i, h in held if h.resource.instance == instance])
                return Rep(kept.resource.index, self.choices.operand(instance, index))
            case "drop":
                index, kept = pick(self.draw, able)
                return self.drop(instance, index, kept)
        return Copy(Raw(0), 0)

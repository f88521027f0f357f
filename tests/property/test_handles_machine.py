"""A state machine of handles: components and the host make resources, pass, lend, return and drop them, and use what
is no handle. A model of ownership (`generators.handles_model`) says what each step comes to; three engines must do it.

CanonicalABI.md, "Table State", "Resource State", "Loading" (lift_own, lift_borrow), "Storing" (lower_own,
lower_borrow), "canon resource.new", "canon resource.drop", "canon resource.rep".
"""

from __future__ import annotations

from typing import Any

import pytest
from handle_logs import about_handles
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from wasmtime import wat2wasm

from fact.model.traps import Trap
from fact.model.values import Handle, Value
from fuzz.engines.base import Running
from fuzz.engines.registry import open_engines
from generators.blueprint import Signature
from generators.handles import (
    RECEIVED,
    RETURNED,
    Call,
    Copy,
    Definition,
    Drop,
    FromHost,
    Function,
    HandleBlueprint,
    Hook,
    HostDrop,
    Instance,
    Invoke,
    Look,
    New,
    Op,
    Raw,
    Reg,
    Rep,
    Resource,
    Run,
    Script,
    Source,
    Store,
)
from generators.handles_guests import Encoder
from generators.handles_model import Model
from generators.handles_state import Held
from generators.handles_text import component_text
from generators.valtypes import BorrowOf, ListOf, OptionOf, OwnOf

pytestmark = pytest.mark.property

OWNER = Definition(
    resources=(Resource(), Resource(destructor=False)),
    functions=(
        Function(Signature((), OwnOf(0)), 0),
        Function(Signature((OwnOf(0),))),
        Function(Signature((BorrowOf(0),))),
        Function(Signature((BorrowOf(0), OwnOf(1)), OptionOf(OwnOf(1))), (1, 0)),
    ),
)
"""Two types, and functions: make, take, look, and one that takes two handles and returns one."""

MAKE, TAKE, LOOK, SWAP = range(4)

MIDDLE = Definition(
    imported=2,
    imports=tuple(f.signature for f in OWNER.functions),
    resources=(Resource(),),
    functions=(
        Function(Signature((OwnOf(0),))),
        Function(Signature((BorrowOf(0),))),
        Function(Signature((ListOf(BorrowOf(0)), OwnOf(2)), OwnOf(0)), 0),
    ),
)
KEEP, BORROW, TRADE = range(3)
"""Functions of the middleman: it is given one, is lent one, or is lent some and given one of its own for another."""

CLIENT = Definition(
    imported=4,
    imports=(
        OWNER.functions[MAKE].signature,
        *(f.signature for f in MIDDLE.functions[:2]),
        Signature((ListOf(BorrowOf(0)), OwnOf(2)), OwnOf(0)),
        Signature((), OwnOf(3)), Signature((BorrowOf(3),)),
    ),
)
"""Types: the owner's two, the middleman's, and that of another instance of the owner."""

FROM_OTHER, LOOK_OTHER = 4, 5

OWNER_INSTANCE, OTHER, GO_BETWEEN, LAST = range(4)

BLUEPRINT = HandleBlueprint(
    (OWNER, MIDDLE, CLIENT),
    (
        Instance(0), Instance(0),
        Instance(1, (Source(0, 0), Source(0, 1)), tuple(Source(0, f) for f in range(4))),
        Instance(2, (Source(0, 0), Source(0, 1), Source(2, 2), Source(1, 0)),
                 (Source(0, MAKE), *(Source(2, f) for f in range(3)), Source(1, MAKE), Source(1, LOOK))),
    ),
    exports=(Source(0, MAKE), Source(0, TAKE), Source(0, LOOK), Source(2, KEEP), Source(2, BORROW), Source(1, MAKE)),
)
HOST_MAKE, HOST_TAKE, HOST_LOOK, HOST_KEEP, HOST_BORROW, HOST_MAKE_OTHER = range(6)

TRADED = (((0, 1), 2), ((0,), 1), ((), 0))
"""Images of what `TRADE` is given: two, one or no borrowed handles, and one of the middleman's."""


def vocabulary(instance: int) -> Script:
    """Every operation that the machine uses there."""
    definition = BLUEPRINT.definition(instance)
    ops: list[Op] = [Copy(Raw(0), 0), Store(0), Look()]
    for t in range(definition.types):
        ops.append(Drop(t, Raw(0)))
        if t >= definition.imported:
            ops += [New(t, 0, 0), Rep(t, Raw(0))]
    for callee, signature in enumerate(definition.imports):
        for args in TRADED if len(signature.params) == 2 and signature.params[0] == ListOf(BorrowOf(0)) else (None,):
            handles = 3 if args is not None else len(signature.params)
            images = tuple(range(len(signature.params))) if args is None else args
            ops.append(Invoke(callee, images, (Raw(0),) * handles))
    return tuple(ops)


ENCODER = Encoder(BLUEPRINT)
for _i in range(len(BLUEPRINT.instances)):
    ENCODER.words(_i, vocabulary(_i))
BINARY = bytes(wat2wasm(component_text(BLUEPRINT, ENCODER.guests)))
LOADED = {engine.info.name: engine.load(BINARY) for engine in open_engines(("reference", "compiled", "native"))}
INSTANCES = range(len(BLUEPRINT.instances))


def no_imports(*_: Any) -> Value | None:
    raise AssertionError("the component imports nothing")


class Handles(RuleBasedStateMachine):
    """*seen*: by engine and instance, how many log entries were looked at."""

    @initialize()
    def begin(self) -> None:
        self.model = Model(BLUEPRINT)
        self.running: dict[str, Running] = {name: loaded.instantiate(no_imports) for name, loaded in LOADED.items()}
        self.logs: dict[tuple[str, int], list[int]] = {(name, i): [] for name in self.running for i in INSTANCES}
        self.rep = 0

    # -- steps

    def step(self, call: Call) -> None:
        """On the model and on every engine; after a trap all is new."""
        expected = None
        given = self.model.given
        try:
            self.model.call(call)
        except Trap as trap:
            expected = trap.reason
        for name, running in self.running.items():
            try:
                value = self.on_engine(running, call)
            except Trap as trap:
                assert trap.reason is expected, f"{name}: {trap.reason}, not {expected}, for {call}"
                continue
            assert expected is None, f"{name} returned, not {expected}, for {call}"
            if self.model.given > given:
                assert value == Handle(self.model.given), f"{name}: {value} for {call}"
        if expected is not None:
            self.begin()

    def on_engine(self, running: Running, call: Call) -> Value | None:
        match call:
            case Run(instance=instance, script=script):
                return running.invoke(f"run-{instance}", (ENCODER.words(instance, script),))
            case FromHost(export=export, args=args, script=script):
                words = ENCODER.words(BLUEPRINT.enters(call), script)
                handles = [Handle(image) for image in args if isinstance(image, int)]
                return running.invoke(f"x{export}", (*handles, words))
        running.drop(Handle(call.handle))
        return None

    def guest(self, instance: int, *ops: Op) -> None:
        self.step(Run(instance, ops))

    # -- what there is

    def fresh(self) -> int:
        self.rep += 1
        return self.rep

    def holdings(self, *, own: bool = True) -> list[tuple[int, int, Held]]:
        """Instance, index and element of every handle that its instance may pass on."""
        return [(i, index, h) for i in INSTANCES for index, h in self.model.holders[i].held() if h.own or not own]

    def known_as(self, instance: int, resource: Source) -> int:
        types = range(BLUEPRINT.definition(instance).types)
        return next(t for t in types if BLUEPRINT.resource(instance, t) == resource)

    def one_of(self, data: st.DataObject, instance: int, type: int) -> int | None:
        """The index of an owned handle of that type."""
        resource = BLUEPRINT.resource(instance, type)
        there = [i for i, h in self.model.holders[instance].held() if h.resource == resource and h.own]
        return data.draw(st.sampled_from(there)) if there else None

    # -- rules: the components

    @rule(instance=st.sampled_from([OWNER_INSTANCE, OTHER, GO_BETWEEN]), second=st.booleans(), to=st.integers(0, 7))
    def new(self, instance: int, second: bool, to: int) -> None:
        definition = BLUEPRINT.definition(instance)
        self.guest(instance, New(definition.imported + (second and len(definition.resources) > 1), self.fresh(), to))

    @precondition(lambda self: any(h.resource.instance == i for i, _, h in self.holdings()))
    @rule(data=st.data())
    def rep_of(self, data: st.DataObject) -> None:
        own = [(i, index, h) for i, index, h in self.holdings() if h.resource.instance == i]
        instance, index, held = data.draw(st.sampled_from(own))
        self.guest(instance, Rep(held.resource.index, Raw(index)))

    @precondition(lambda self: self.holdings())
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        instance, index, held = data.draw(st.sampled_from(self.holdings()))
        self.guest(instance, Drop(self.known_as(instance, held.resource), Raw(index)))

    @rule(to=st.integers(0, 7), other=st.booleans())
    def asked_for(self, to: int, other: bool) -> None:
        """The client is given what the owner makes for it."""
        self.guest(LAST, Invoke(FROM_OTHER if other else MAKE, to=to))

    @rule(data=st.data(), keeps=st.booleans())
    def pass_own(self, data: st.DataObject, keeps: bool) -> None:
        """From the client to the middleman, who keeps it or passes it back to its owner."""
        index = self.one_of(data, LAST, 0)
        if index is not None:
            inner: Script = () if keeps else (Copy(Raw(0), 0), Invoke(TAKE, (0,), (self.received(),)))
            self.guest(LAST, Invoke(1 + KEEP, (0,), (Raw(index),), inner))

    @rule(data=st.data(), then=st.sampled_from(["drop", "lend, drop", "keep", "pass as own"]))
    def pass_borrow(self, data: st.DataObject, then: str) -> None:
        """What the middleman is lent it has to drop; lending it on to its owner is no offence."""
        index = self.one_of(data, LAST, 0)
        if index is None:
            return
        inner: dict[str, Script] = {
            "drop": (Drop(0, self.received()),),
            "lend, drop": (Invoke(LOOK, (0,), (self.received(),)), Drop(0, self.received())),
            "keep": (),
            "pass as own": (Invoke(TAKE, (0,), (self.received(),)),),
        }
        self.guest(LAST, Invoke(1 + BORROW, (0,), (Raw(index),), inner[then]))

    @rule(data=st.data(), lent=st.integers(0, 2))
    def trade(self, data: st.DataObject, lent: int) -> None:
        """Borrowed handles in a list and an owned one go one way, and one of another type comes back."""
        index = self.one_of(data, LAST, 2)
        given = [i for i, h in self.model.holders[LAST].held() if h.resource == Source(OWNER_INSTANCE, 0)][:lent]
        back = self.one_of(data, GO_BETWEEN, 0)
        if index is None or back is None or len(given) < lent:
            return
        handles = tuple(map(Raw, (*given, index)))
        drops = tuple(Drop(0, self.received(n)) for n in range(lent))
        self.guest(LAST, Invoke(1 + TRADE, TRADED[2 - lent], handles, (*drops, Copy(Raw(back), RETURNED))))

    @rule(data=st.data())
    def swap(self, data: st.DataObject) -> None:
        """Two handles of two types in one call, by the middleman."""
        first, second = self.one_of(data, GO_BETWEEN, 0), self.one_of(data, GO_BETWEEN, 1)
        if first is not None and second is not None:
            self.guest(GO_BETWEEN, Invoke(SWAP, (0, 1), (Raw(first), Raw(second)), (Rep(1, self.received(1)),)))

    @rule(data=st.data())
    def lend_to_maker(self, data: st.DataObject) -> None:
        """Who implements a type is given the representation, no handle."""
        index = self.one_of(data, LAST, 3)
        if index is not None:
            self.guest(LAST, Invoke(LOOK_OTHER, (0,), (Raw(index),)))

    @rule(data=st.data(), how=st.sampled_from(["lend", "give"]))
    def wrong_instance(self, data: st.DataObject, how: str) -> None:
        """Types are generative: what one instance of the owner made is no handle of the other's."""
        index = self.one_of(data, LAST, 3)
        if index is not None:
            self.guest(LAST, Invoke(1 + (BORROW if how == "lend" else KEEP), (0,), (Raw(index),)))

    @rule(instance=st.sampled_from(INSTANCES), handle=st.sampled_from([0, 1, 2, 3, 5, 9, 1 << 28]), rep=st.booleans())
    def no_handle(self, instance: int, handle: int, rep: bool) -> None:
        """Any index, as the first type that the instance knows."""
        definition = BLUEPRINT.definition(instance)
        asked = Rep(definition.imported, Raw(handle)) if rep and definition.resources else Drop(0, Raw(handle))
        self.guest(instance, asked)

    @rule(instance=st.sampled_from([OWNER_INSTANCE, GO_BETWEEN]), value=st.integers(1, 9))
    def store(self, instance: int, value: int) -> None:
        """CanonicalABI.md, Threads: a destructor's storage begins as zero, and its caller's is as it was."""
        type = BLUEPRINT.definition(instance).imported
        hook = Hook("destructor", (Look(), Store(value + 1), Look()))
        self.guest(instance, Look(), Store(value), New(type, self.fresh(), 7), hook, Drop(type, Reg(7)), Look())

    @staticmethod
    def received(number: int = 0) -> Reg:
        """The register of a handle that a function has just been given."""
        return Reg(RECEIVED + number)

    # -- rules: the host

    @rule(other=st.booleans())
    def host_asks(self, other: bool) -> None:
        self.step(FromHost(HOST_MAKE_OTHER if other else HOST_MAKE))

    def of_owner(self) -> list[int]:
        return [n for n, (resource, _) in self.model.host.items() if resource.instance == OWNER_INSTANCE]

    @precondition(lambda self: self.of_owner())
    @rule(data=st.data(), export=st.sampled_from([HOST_TAKE, HOST_LOOK, HOST_KEEP, HOST_BORROW]))
    def host_passes(self, data: st.DataObject, export: int) -> None:
        number = data.draw(st.sampled_from(self.of_owner()))
        self.step(FromHost(export, (number,), (Drop(0, self.received()),) if export == HOST_BORROW else ()))

    @precondition(lambda self: self.model.host)
    @rule(data=st.data())
    def host_drops(self, data: st.DataObject) -> None:
        self.step(HostDrop(data.draw(st.sampled_from(list(self.model.host)))))

    # -- what always holds

    @invariant()
    def logs_tell_what_the_model_does(self) -> None:
        """Indices are handed out and used again in the specification's order, destructors run when and where they
        should, representations are kept."""
        for name, running in self.running.items():
            for i in INSTANCES:
                log = self.logs[name, i]
                count = running.invoke(f"i{i}-log-count", ())
                assert isinstance(count, int)
                for k in range(len(log), count):
                    entry = running.invoke(f"i{i}-log-entry", (k,))
                    assert isinstance(entry, int)
                    log.append(entry)
                assert about_handles(log) == self.model.holders[i].log, f"{name}, instance {i}"

    def teardown(self) -> None:
        """Everything is dropped: no handle is left anywhere, and each destructor ran once for each resource."""
        if not hasattr(self, "model"):
            return
        for instance, index, held in self.holdings():
            self.guest(instance, Drop(self.known_as(instance, held.resource), Raw(index)))
        for number in list(self.model.host):
            self.step(HostDrop(number))
        self.logs_tell_what_the_model_does()
        assert not self.holdings(own=False) and not self.model.host
        assert self.model.made == self.model.destroyed
        assert all(len(h.free) == len(h.table) - 1 for h in self.model.holders)


STEPS = settings(
    max_examples=120, stateful_step_count=25, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)

TestHandles = seed(20260821)(Handles).TestCase
TestHandles.settings = STEPS

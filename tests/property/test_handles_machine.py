"""A state machine of handles: components and the host make resources, pass, lend, return and drop them, and use what
is no handle. A model of ownership (`generators.handles_model`) says what each step comes to; three engines must do it.

CanonicalABI.md, "Table State", "Resource State", "Loading" (lift_own, lift_borrow), "Storing" (lower_own,
lower_borrow), "canon resource.new", "canon resource.drop", "canon resource.rep".
"""

from __future__ import annotations

from collections import Counter

from handle_logs import about_handles
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from hypothesis_profiles import times
from time_limit import repeated
from wasmtime import wat2wasm

from fact.model.traps import Trap, TrapReason
from fact.model.types import Prim
from fact.model.values import Handle, Value
from fuzz.engines.base import Running
from fuzz.engines.registry import open_engines
from fuzz.observe import RecordingHost
from generators.blueprint import Answer, EchoArgument, Signature
from generators.handles import (
    HOST,
    Call,
    Definition,
    FromHost,
    Function,
    Group,
    HandleBlueprint,
    HostDrop,
    HostImport,
    Instance,
    Resource,
    Run,
    Source,
)
from generators.handles_guests import Encoder
from generators.handles_model import Model
from generators.handles_script import (
    RECEIVED,
    RETURNED,
    Copy,
    Drop,
    Hook,
    Invoke,
    Look,
    New,
    Op,
    Raw,
    Reg,
    Rep,
    Script,
    Store,
)
from generators.handles_state import Held
from generators.handles_text import DROP, component_text
from generators.handles_values import renumbered_signature
from generators.valtypes import BorrowOf, Image, ListOf, MapOf, OptionOf, OwnOf

OWNER = Definition(
    resources=(Resource(), Resource(destructor=False)),
    functions=(
        Function(Signature((), OwnOf(0)), 0),
        Function(Signature((OwnOf(0),))),
        Function(Signature((BorrowOf(0),))),
        Function(Signature((BorrowOf(0), OwnOf(1)), OptionOf(OwnOf(1))), (1, 0)),
        Function(Signature((), OwnOf(1)), 0),
        Function(Signature((BorrowOf(0), OwnOf(0)))),
    ),
)
"""Two types, and functions: make, take, look, one that takes two handles and returns one, make of the second type, and
one that looks at what it is lent and takes what it is given."""

MAKE, TAKE, LOOK, SWAP, MAKE_SECOND, LOOK_AND_TAKE = range(6)

HOST_FUNCTIONS = (
    HostImport(Signature((), OwnOf(0)), Answer(OwnOf(0), 0x900)),
    HostImport(Signature((OwnOf(0),)), Answer()),
    HostImport(Signature((BorrowOf(0),)), Answer()),
    HostImport(Signature((OwnOf(0),), OwnOf(0)), EchoArgument(0)),
)
GIVES, TAKES, LOOKS, GIVES_BACK = range(4)
"""What the host does with resources of its own: one type, the representation always the same."""

MIDDLE = Definition(
    imported=3,
    imports=tuple(f.signature for f in OWNER.functions),
    resources=(Resource(),),
    functions=(
        Function(Signature((OwnOf(0),))),
        Function(Signature((BorrowOf(0),))),
        Function(Signature((ListOf(BorrowOf(0)), OwnOf(3)), OwnOf(0)), 0),
        Function(Signature((), OwnOf(3)), 0),
        Function(Signature((MapOf(Prim.U8, BorrowOf(0)), OwnOf(2)))),
        Function(Signature((BorrowOf(2),)), form="method"),
    ),
)
KEEP, BORROW, TRADE, MAKE_OWN, STOCK, LENT_HOSTS = range(6)
"""Functions of the middleman: it is given one, is lent one, is lent some and given one of its own for another, makes
one of its own, is lent some in a map and given one of the host's, or is lent one of the host's. Its types: the owner's
two, the host's, its own."""

CLIENT = Definition(
    imported=5,
    imports=(
        OWNER.functions[MAKE].signature,
        *(f.signature for f in MIDDLE.functions[:2]),
        Signature((ListOf(BorrowOf(0)), OwnOf(2)), OwnOf(0)),
        Signature((), OwnOf(2)), Signature((MapOf(Prim.U8, BorrowOf(0)), OwnOf(4))), Signature((BorrowOf(4),)),
        Signature((), OwnOf(3)), Signature((BorrowOf(3),)),
        *(renumbered_signature(f.signature, lambda _: 4) for f in HOST_FUNCTIONS),
    ),
    hosts=(9, 10, 11, 12),
)
"""Types: the owner's two, the middleman's, that of another instance of the owner, and the host's."""

OF_MIDDLE, FROM_OTHER, LOOK_OTHER, OF_HOST = 1, 7, 8, 9
"""The client's imports: the owner's make, the middleman's functions from number 1 on, the other owner's, the host's."""

OWNER_INSTANCE, OTHER, GO_BETWEEN, LAST = range(4)

BLUEPRINT = HandleBlueprint(
    (OWNER, MIDDLE, CLIENT),
    (
        Instance(0), Instance(0),
        Instance(1, (Source(0, 0), Source(0, 1), Source(HOST, 0)), tuple(Source(0, f) for f in range(6))),
        Instance(2, (Source(0, 0), Source(0, 1), Source(2, 3), Source(1, 0), Source(HOST, 0)),
                 (Source(0, MAKE), *(Source(2, f) for f in range(6)), Source(1, MAKE), Source(1, LOOK),
                  *(Source(HOST, f) for f in range(4)))),
    ),
    groups=(Group(0, 1), Group(1, 1), Group(2, 2), Group(2, 1, True)),
    host_types=1, host_functions=HOST_FUNCTIONS,
    exports=(Source(0, MAKE), Source(0, TAKE), Source(0, LOOK), Source(2, KEEP), Source(2, BORROW), Source(1, MAKE)),
)
HOST_MAKE, HOST_TAKE, HOST_LOOK, HOST_KEEP, HOST_BORROW, HOST_MAKE_OTHER = range(6)

TRADED = (((0, 1), 2), ((0,), 1), ((), 0))
STOCKED = ((((7, 0), (8, 1)), 2), (((7, 0),), 1), ((), 0))
"""Images of what `TRADE` and `STOCK` are given: two, one or no borrowed handles, and one of the middleman's or host's.
"""
SEVERAL: dict[int, tuple[tuple[Image, ...], ...]] = {OF_MIDDLE + TRADE: TRADED, OF_MIDDLE + STOCK: STOCKED}


def vocabulary(instance: int) -> Script:
    """Every operation that the machine uses there."""
    definition = BLUEPRINT.definition(instance)
    ops: list[Op] = [Copy(Raw(0), 0), Store(0), Look()]
    for t in range(definition.types):
        ops.append(Drop(t, Raw(0)))
        if t >= definition.imported:
            ops += [New(t, 0, 0), Rep(t, Raw(0))]
    for callee, signature in enumerate(definition.imports):
        several: tuple[tuple[Image, ...] | None, ...] = SEVERAL.get(callee, (None,)) if instance == LAST else (None,)
        for args in several:
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


CAME_TO: Counter[tuple[str, str]] = Counter()
"""How often each rule's calls came to what: a trap's reason, or a return."""


class Handles(RuleBasedStateMachine):
    """*logs*: by engine and instance, the log entries that were looked at."""

    @initialize()
    def begin(self) -> None:
        """The client has handles of three types, the middleman of two, and the host has one."""
        self.model = Model(BLUEPRINT)
        self.hosts = {name: RecordingHost({f.path: f.behaviour for f in BLUEPRINT.host}) for name in LOADED}
        self.running: dict[str, Running] = {
            name: loaded.instantiate(self.hosts[name]) for name, loaded in LOADED.items()
        }
        self.logs: dict[tuple[str, int], list[int]] = {(name, i): [] for name in self.running for i in INSTANCES}
        self.rep = 0
        asked = [Invoke(MAKE)] * 3 + [Invoke(OF_MIDDLE + MAKE_OWN), Invoke(FROM_OTHER)] + [Invoke(OF_HOST + GIVES)] * 2
        self.guest("begin", LAST, *asked)
        self.guest("begin", GO_BETWEEN, Invoke(MAKE), Invoke(MAKE), Invoke(MAKE_SECOND))
        self.step("begin", FromHost(HOST_MAKE))

    # -- steps

    def step(self, rule: str, call: Call) -> None:
        """On the model and on every engine; after a trap all is new."""
        expected = None
        given = self.model.given
        try:
            self.model.call(call)
        except Trap as trap:
            expected = trap.reason
        CAME_TO[rule, "return" if expected is None else expected.value] += 1
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

    def guest(self, rule: str, instance: int, *ops: Op) -> None:
        self.step(rule, Run(instance, ops))

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

    def owned(self, instance: int, type: int) -> list[int]:
        """The indices of handles of that type that *instance* owns."""
        resource = BLUEPRINT.resource(instance, type)
        return [i for i, h in self.model.holders[instance].held() if h.resource == resource and h.own]

    def one_of(self, data: st.DataObject, instance: int, type: int) -> int:
        return data.draw(st.sampled_from(self.owned(instance, type)))

    # -- rules: the components

    @rule(instance=st.sampled_from([OWNER_INSTANCE, OTHER, GO_BETWEEN]), second=st.booleans(), to=st.integers(0, 7))
    def new(self, instance: int, second: bool, to: int) -> None:
        definition = BLUEPRINT.definition(instance)
        type = definition.imported + (second and len(definition.resources) > 1)
        self.guest("new", instance, New(type, self.fresh(), to))

    @precondition(lambda self: any(h.resource.instance == i for i, _, h in self.holdings()))
    @rule(data=st.data())
    def rep_of(self, data: st.DataObject) -> None:
        own = [(i, index, h) for i, index, h in self.holdings() if h.resource.instance == i]
        instance, index, held = data.draw(st.sampled_from(own))
        self.guest("rep_of", instance, Rep(held.resource.index, Raw(index)))

    @precondition(lambda self: self.holdings())
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        instance, index, held = data.draw(st.sampled_from(self.holdings()))
        self.guest("drop", instance, Drop(self.known_as(instance, held.resource), Raw(index)))

    @rule(to=st.integers(0, 7), asked=st.sampled_from([
        (LAST, MAKE), (LAST, OF_MIDDLE + MAKE_OWN), (LAST, FROM_OTHER), (GO_BETWEEN, MAKE), (GO_BETWEEN, MAKE_SECOND),
    ]))
    def asked_for(self, to: int, asked: tuple[int, int]) -> None:
        """The client or the middleman is given what another makes for it."""
        instance, function = asked
        self.guest("asked_for", instance, Invoke(function, to=to))

    @precondition(lambda self: self.owned(LAST, 0))
    @rule(data=st.data(), keeps=st.booleans())
    def pass_own(self, data: st.DataObject, keeps: bool) -> None:
        """From the client to the middleman, who keeps it or passes it back to its owner."""
        inner: Script = () if keeps else (Copy(Raw(0), 0), Invoke(TAKE, (0,), (self.received(),)))
        self.guest("pass_own", LAST, Invoke(OF_MIDDLE + KEEP, (0,), (Raw(self.one_of(data, LAST, 0)),), inner))

    @precondition(lambda self: self.owned(LAST, 0))
    @rule(data=st.data(), then=st.sampled_from(["drop", "lend, drop", "keep", "pass as own"]))
    def pass_borrow(self, data: st.DataObject, then: str) -> None:
        """What the middleman is lent it has to drop; lending it on to its owner is no offence."""
        inner: dict[str, Script] = {
            "drop": (Drop(0, self.received()),),
            "lend, drop": (Invoke(LOOK, (0,), (self.received(),)), Drop(0, self.received())),
            "keep": (),
            "pass as own": (Invoke(TAKE, (0,), (self.received(),)),),
        }
        lent = Raw(self.one_of(data, LAST, 0))
        self.guest(f"pass_borrow, {then}", LAST, Invoke(OF_MIDDLE + BORROW, (0,), (lent,), inner[then]))

    @precondition(lambda self: self.owned(LAST, 2) and self.owned(GO_BETWEEN, 0))
    @rule(data=st.data(), most=st.integers(0, 2))
    def trade(self, data: st.DataObject, most: int) -> None:
        """Borrowed handles in a list and an owned one go one way, and one of another type comes back."""
        lent = self.owned(LAST, 0)[:most]
        handles = tuple(map(Raw, (*lent, self.one_of(data, LAST, 2))))
        drops = tuple(Drop(0, self.received(n)) for n in range(len(lent)))
        back = Copy(Raw(self.one_of(data, GO_BETWEEN, 0)), RETURNED)
        self.guest("trade", LAST, Invoke(OF_MIDDLE + TRADE, TRADED[2 - len(lent)], handles, (*drops, back)))

    @precondition(lambda self: self.owned(GO_BETWEEN, 0) and self.owned(GO_BETWEEN, 1))
    @rule(data=st.data())
    def swap(self, data: st.DataObject) -> None:
        """Two handles of two types in one call, by the middleman."""
        handles = (Raw(self.one_of(data, GO_BETWEEN, 0)), Raw(self.one_of(data, GO_BETWEEN, 1)))
        self.guest("swap", GO_BETWEEN, Invoke(SWAP, (0, 1), handles, (Rep(1, self.received(1)),)))

    @precondition(lambda self: self.owned(GO_BETWEEN, 0))
    @rule(data=st.data())
    def lend_and_give(self, data: st.DataObject) -> None:
        """In one call; of the same handle that may not be."""
        handles = (Raw(self.one_of(data, GO_BETWEEN, 0)), Raw(self.one_of(data, GO_BETWEEN, 0)))
        self.guest("lend_and_give", GO_BETWEEN, Invoke(LOOK_AND_TAKE, (0, 1), handles))

    @precondition(lambda self: self.owned(LAST, 3))
    @rule(data=st.data())
    def lend_to_maker(self, data: st.DataObject) -> None:
        """Who implements a type is given the representation, no handle."""
        self.guest("lend_to_maker", LAST, Invoke(LOOK_OTHER, (0,), (Raw(self.one_of(data, LAST, 3)),)))

    @rule(to=st.integers(0, 7))
    def given_by_host(self, to: int) -> None:
        """Each time another handle, to a resource of one representation."""
        self.guest("given_by_host", LAST, Invoke(OF_HOST + GIVES, to=to))

    @precondition(lambda self: self.owned(LAST, 4))
    @rule(data=st.data(), function=st.sampled_from([TAKES, LOOKS, GIVES_BACK]))
    def to_host(self, data: st.DataObject, function: int) -> None:
        """What the host is given it has, what it is lent it has not; what it gives back is a new handle."""
        handle = Raw(self.one_of(data, LAST, 4))
        self.guest(f"to_host, {function}", LAST, Invoke(OF_HOST + function, (0,), (handle,)))

    @precondition(lambda self: self.owned(LAST, 4))
    @rule(data=st.data(), most=st.integers(0, 2))
    def stock(self, data: st.DataObject, most: int) -> None:
        """Borrowed handles in a map, and one of the host's, which the middleman keeps."""
        lent = self.owned(LAST, 0)[:most]
        handles = tuple(map(Raw, (*lent, self.one_of(data, LAST, 4))))
        drops = tuple(Drop(0, self.received(n)) for n in range(len(lent)))
        self.guest("stock", LAST, Invoke(OF_MIDDLE + STOCK, STOCKED[2 - len(lent)], handles, drops))

    @precondition(lambda self: self.owned(LAST, 4))
    @rule(data=st.data(), drops=st.booleans())
    def lend_hosts(self, data: st.DataObject, drops: bool) -> None:
        """A borrowed handle to a resource of the host's: nobody is told when it is dropped, but dropped it must be."""
        script = (Drop(2, self.received()),) if drops else ()
        handle = Raw(self.one_of(data, LAST, 4))
        self.guest(f"lend_hosts, {drops}", LAST, Invoke(OF_MIDDLE + LENT_HOSTS, (0,), (handle,), script))

    @precondition(lambda self: self.owned(LAST, 3))
    @rule(data=st.data(), function=st.sampled_from([BORROW, KEEP]))
    def wrong_instance(self, data: st.DataObject, function: int) -> None:
        """Types are generative: what one instance of the owner made is no handle of the other's."""
        self.guest("wrong_instance", LAST, Invoke(OF_MIDDLE + function, (0,), (Raw(self.one_of(data, LAST, 3)),)))

    @rule(instance=st.sampled_from(INSTANCES), handle=st.sampled_from([0, 1, 2, 3, 5, 9, 1 << 28]), rep=st.booleans())
    def no_handle(self, instance: int, handle: int, rep: bool) -> None:
        """Any index, as the first type that the instance knows."""
        definition = BLUEPRINT.definition(instance)
        asked = Rep(definition.imported, Raw(handle)) if rep and definition.resources else Drop(0, Raw(handle))
        self.guest("no_handle", instance, asked)

    @rule(instance=st.sampled_from([OWNER_INSTANCE, GO_BETWEEN]), value=st.integers(1, 9))
    def store(self, instance: int, value: int) -> None:
        """CanonicalABI.md, Threads: a destructor's storage begins as zero, and its caller's is as it was."""
        type = BLUEPRINT.definition(instance).imported
        hook = Hook("destructor", (Look(), Store(value + 1), Look()))
        script = (Look(), Store(value), New(type, self.fresh(), 7), hook, Drop(type, Reg(7)), Look())
        self.guest("store", instance, *script)

    @staticmethod
    def received(number: int = 0) -> Reg:
        """The register of a handle that a function has just been given."""
        return Reg(RECEIVED + number)

    # -- rules: the host

    @rule(other=st.booleans())
    def host_asks(self, other: bool) -> None:
        self.step("host_asks", FromHost(HOST_MAKE_OTHER if other else HOST_MAKE))

    def of_owner(self) -> list[int]:
        return [n for n, (resource, _) in self.model.host.items() if resource.instance == OWNER_INSTANCE]

    @precondition(lambda self: self.of_owner())
    @rule(data=st.data(), export=st.sampled_from([HOST_TAKE, HOST_LOOK, HOST_KEEP, HOST_BORROW]))
    def host_passes(self, data: st.DataObject, export: int) -> None:
        number = data.draw(st.sampled_from(self.of_owner()))
        script = (Drop(0, self.received()),) if export == HOST_BORROW else ()
        self.step("host_passes", FromHost(export, (number,), script))

    @precondition(lambda self: self.model.host)
    @rule(data=st.data())
    def host_drops(self, data: st.DataObject) -> None:
        self.step("host_drops", HostDrop(data.draw(st.sampled_from(list(self.model.host)))))

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

    @invariant()
    def the_host_is_told(self) -> None:
        """As often as the last owner of a resource of its own is gone."""
        expected = sum(n for (resource, _), n in self.model.destroyed.items() if resource.instance == HOST)
        for name, host in self.hosts.items():
            assert [call.path for call in host.calls].count(("r0", DROP)) == expected, name

    def teardown(self) -> None:
        """Everything is dropped: no handle is left anywhere, and each destructor ran once for each resource."""
        if not hasattr(self, "model"):
            return
        for instance, index, held in self.holdings():
            self.guest("teardown", instance, Drop(self.known_as(instance, held.resource), Raw(index)))
        for number in list(self.model.host):
            self.step("teardown", HostDrop(number))
        self.logs_tell_what_the_model_does()
        assert not self.holdings(own=False) and not self.model.host
        guests = Counter({of: n for of, n in self.model.destroyed.items() if of[0].instance != HOST})
        assert self.model.made == guests
        assert all(len(h.free) == len(h.table) - 1 for h in self.model.holders)


STEPS = settings(times(1.1), stateful_step_count=25, suppress_health_check=list(HealthCheck))

ACTS = (
    "new", "rep_of", "drop", "asked_for", "pass_own", "pass_borrow, drop", "pass_borrow, lend, drop", "trade", "swap",
    "lend_and_give", "lend_to_maker", "store", "host_asks", "host_passes", "host_drops", "given_by_host", "stock",
    *(f"to_host, {function}" for function in (TAKES, LOOKS, GIVES_BACK)), "lend_hosts, True",
)
"""Rules that (also) come to a return."""

TRAPS = (
    ("pass_borrow, keep", TrapReason.BORROWS_LEFT), ("pass_borrow, pass as own", TrapReason.HANDLE_NOT_OWNED),
    ("lend_and_give", TrapReason.HANDLE_LENT), ("wrong_instance", TrapReason.WRONG_RESOURCE_TYPE),
    ("no_handle", TrapReason.UNKNOWN_HANDLE), ("lend_hosts, False", TrapReason.BORROWS_LEFT),
)


@repeated
def test_handles_do_as_the_model_says() -> None:
    """And every rule came to act, as often as it takes to mean something."""
    CAME_TO.clear()
    run_state_machine_as_test(Handles, settings=STEPS)
    expected = [(name, "return") for name in ACTS] + [(name, reason.value) for name, reason in TRAPS]
    assert {key: CAME_TO[key] for key in expected if CAME_TO[key] < 7} == {}

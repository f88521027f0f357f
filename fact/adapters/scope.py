"""What the functions of one adapter module share, collected while they are written: imports, names, sites, helpers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from fact.adapters.checks import CheckTable
from fact.adapters.memory import outside
from fact.adapters.moves import MoveTable
from fact.adapters.reentrance import entering_set
from fact.adapters.shapes import Shapes
from fact.adapters.wat import Block, Line, Names, Note, call, get, i32, quoted, type_use
from fact.errors import LinkError
from fact.model.plan import (
    AdapterImport,
    AdapterRef,
    BuiltinRef,
    ContextImport,
    CoreItem,
    FlagImport,
    HostDropImport,
    HostLowerRef,
    InstanceExport,
    InstantiateModule,
    Options,
    Plan,
    Resource,
    ScratchMemory,
    SupportImport,
    SupportModule,
    TrapImport,
)
from fact.model.settings import Reentrance
from fact.model.traps import TrapReason
from fact.model.types import CoreFuncType, CoreValType, PtrType

TRAP = "$trap"

LONG_CONDITION = 80
"""Characters past which a condition is on a line of its own."""

_Item = TypeVar("_Item", bound=CoreItem)


@dataclass(frozen=True, slots=True)
class Import:
    item: AdapterImport
    identifier: str
    text: str
    rank: int
    """Flags, memories, functions and the trap stand together, in this order."""


@dataclass(frozen=True, slots=True)
class Helper:
    """A function that adapters and other helpers call; *sites* continue the site that it is given, which is the
    first of them."""

    identifier: str
    sites: tuple[str, ...]


@dataclass(slots=True)
class ModuleScope:
    """*functions* names the function of each adapter of this module, *pointers* the pointer type of each memory. The
    others are component instances: *guarded* those whose may-enter flags matter, *confined* those whose may-leave
    flags do, *throwing* those that exceptions can come from, *context* those whose code can look at the storage of its
    thread, with that storage."""

    plan: Plan
    names: Names
    functions: dict[int, str]
    guarded: frozenset[int]
    confined: frozenset[int]
    throwing: frozenset[int]
    context: Mapping[int, tuple[ContextImport, ...]]
    pointers: Mapping[InstanceExport, PtrType]
    reentrance: Reentrance
    _imports: dict[AdapterImport, Import] = field(default_factory=dict)
    shapes: Shapes = field(default_factory=Shapes)
    checks: CheckTable = field(default_factory=CheckTable)
    moves: MoveTable = field(default_factory=MoveTable)
    made: dict[object, Helper] = field(default_factory=dict)
    inlined: dict[str, int] = field(default_factory=dict)
    """How many strings there are code on the spot for, by what is done to them."""
    _sites: list[str] = field(default_factory=lambda: [""])
    _site_numbers: dict[str, int] = field(default_factory=lambda: {"": 0})
    _site_blocks: dict[tuple[str, tuple[str, ...]], int] = field(default_factory=dict)
    _support: dict[SupportModule, int] = field(default_factory=dict)
    _helper_names: dict[object, str] = field(default_factory=dict)
    _helpers: list[Block] = field(default_factory=list)

    # -- component instances, left and entered

    def instance_name(self, instance: int) -> str:
        return self.plan.component_instances[instance].name

    def leaving(self, instance: int) -> Iterator[Line]:
        """Traps if code of component instance *instance* may not leave it."""
        if instance not in self.confined:
            yield Note(f"-- leave {self.instance_name(instance)}: no test, nothing keeps it inside")
            return
        yield Note(f"-- leave {self.instance_name(instance)}")
        may_leave = self.flag("may_leave", instance)
        yield from self.trap_if(f"(i32.eqz (global.get {may_leave}))", TrapReason.CANNOT_LEAVE)

    def entering(self, callee: int, caller: int) -> Iterator[Line]:
        """Traps if *caller* may not call into *callee* now; no flag is cleared yet."""
        flags = self.may_enter_flags(callee, caller)
        why_not = "" if flags else self._why_not_guarded(callee, caller)
        yield Note(f"-- enter {self.instance_name(callee)}{why_not}")
        for flag in flags:
            yield from self.trap_if(f"(i32.eqz (global.get {flag}))", TrapReason.CANNOT_ENTER)

    def set_may_enter(self, callee: int, caller: int, value: int) -> Iterator[Line]:
        """0 when a call from *caller* to *callee* begins, 1 when it is over."""
        yield from (f"(global.set {flag} {i32(value)})" for flag in self.may_enter_flags(callee, caller))

    def may_enter_flags(self, callee: int, caller: int) -> list[str]:
        """The globals that a call from *caller* to *callee* tests, clears and sets again."""
        entering = entering_set(self.plan, callee, caller)
        return [self.flag("may_enter", instance) for instance in entering if instance in self.guarded]

    def _why_not_guarded(self, callee: int, caller: int) -> str:
        """Why a call between these instances, which tests no may-enter flag, tests none."""
        if self.reentrance is Reentrance.FREE:
            return ": no test, reentrance is free"
        entering = entering_set(self.plan, callee, caller)
        return ": no test, nothing can enter it twice" if entering else ": no test, the caller is inside it"

    # -- imports

    def imports(self) -> list[Import]:
        """In the order of the text."""
        return sorted(self._imports.values(), key=lambda i: i.rank)

    def flag(self, flag: str, instance: int) -> str:
        """The global `may_leave` or `may_enter` of a component instance."""
        owner = self.instance_name(instance)
        return self._import(FlagImport(flag, instance), 0, flag, owner, f"{owner}.{flag}", "global {} (mut i32)")

    def storage(self, instance: int) -> list[tuple[str, CoreValType]]:
        """The globals with the storage of the thread that runs in a component instance, each with its type: those that
        the instance has built-ins for."""
        owner = self.instance_name(instance)
        return [
            (self._import(item, 0, "context", f"{owner} {item.slot}", f"{owner}.context.{item.slot}",
                          f"global {{}} (mut {item.type})"), item.type)
            for item in self.context.get(instance, ())
        ]

    def memory(self, memory: InstanceExport) -> str:
        index_type = " i64" if self.pointers[memory] == "i64" else ""
        if isinstance(memory, ScratchMemory):
            return self._import(memory, 1, "support", memory.name, memory.name, f"memory {{}}{index_type} 0")
        name = item_name(self.plan, memory)
        return self._import(memory, 1, "memory", name, name, f"memory {{}}{index_type} 0")

    def core_func(self, item: CoreItem, role: str, t: CoreFuncType) -> str:
        """The function *item*, which is of type *t* and has the part *role* in an adapter."""
        if isinstance(item, AdapterRef) and item.index in self.functions:
            return self.functions[item.index]
        name = item_name(self.plan, item)
        match item:
            case InstanceExport():
                module, wanted = role, name
            case AdapterRef(index):
                module, wanted = "adapter", f"adapter:{index}"
            case HostLowerRef(index):
                module, wanted = "host lower", f"{index} {name}"
            case BuiltinRef(index):
                module, wanted = "builtin", f"builtin:{index}"
        return self._import(item, 2, module, wanted, name, f"func {{}}{type_use(t)}")

    def host_drop(self, resource: Resource) -> str:
        """The host's function that is told that a resource of its own has lost its last owner."""
        name = f"drop {resource.name}"
        return self._import(HostDropImport(resource.index), 2, "host", name, name, "func {} (param i32)")

    def _import(self, item: AdapterImport, rank: int, module: str, name: str, reads_like: str, kind: str) -> str:
        if item not in self._imports:
            identifier = self.names.unique(reads_like)
            text = f"(import {quoted(module)} {quoted(name)} ({kind.format(identifier)}))"
            self._imports[item] = Import(item, identifier, text, rank)
        return self._imports[item].identifier

    # -- traps

    def sites(self) -> tuple[str, ...]:
        return tuple(self._sites)

    def site(self, site: str) -> str:
        """The constant that stands for *site*; the empty site is none."""
        if site not in self._site_numbers:
            self._site_numbers[site] = len(self._sites)
            self._sites.append(site)
        return i32(self._site_numbers[site], site or "no site")

    def reserve_sites(self, path: str, inner: Sequence[str]) -> str:
        """The constant for the first of a row of numbers that stand for *path* followed by each of *inner*."""
        key = (path, tuple(inner))
        if key not in self._site_blocks:
            self._site_blocks[key] = len(self._sites)
            self._sites += [path + rest for rest in inner]
        return i32(self._site_blocks[key], path)

    def trap_if(self, condition: str | Block, reason: TrapReason, site: str = "") -> Iterator[Line]:
        return self.trap_at(condition, reason, self.site(site))

    def trap_at(self, condition: str | Block, reason: TrapReason, site: str) -> Iterator[Line]:
        """As `trap_if`; *site* is an expression."""
        then = f"(then {self.trap(reason, site)} (unreachable))"
        if isinstance(condition, Block) or len(condition) > LONG_CONDITION:
            yield Block("(if", (condition, then))
        else:
            yield Block(f"(if {condition}", (then,))

    def trap(self, reason: TrapReason, site: str) -> str:
        """*site* is an expression. The call does not return."""
        if TrapImport() not in self._imports:
            text = f'(import "trap" "trap" (func {TRAP} (param $reason i32) (param $site i32)))'
            self._imports[TrapImport()] = Import(TrapImport(), TRAP, text, 4)
        return call(TRAP, [i32(reason.code, reason.value), site])

    # -- helpers

    def helper(self, key: object, name: str, build: Callable[[str], Block]) -> str:
        """The identifier of the function that *build* makes, called once for each *key* and given that identifier,
        which reads like *name*."""
        if key not in self._helper_names:
            identifier = self._helper_names[key] = self.names.unique(name)
            self._helpers.append(build(identifier))
        return self._helper_names[key]

    def helpers(self) -> Iterator[Line]:
        """The functions that the adapters call besides imports, each once, those that others call first."""
        for helper in self._helpers:
            yield ""
            yield helper

    def realloc_helper(self, options: Options, instance: int) -> str:
        """The function that calls the realloc of *options* on behalf of component instance *instance*: parameters old
        pointer, old size, alignment (i32), new size, site (i32); the result has been checked.

        CanonicalABI.md, "Lifting and Lowering Context": reallocate, which clears may-leave; "Storing".
        """
        key = ("realloc", options.realloc, options.memory, instance)
        name = item_name(self.plan, needed(options.realloc, "realloc"))
        return self.helper(key, f"checked.{name}", lambda identifier: self._realloc(identifier, options, instance))

    def _realloc(self, identifier: str, options: Options, instance: int) -> Block:
        p = options.pointer
        align = get("$align") if p == "i32" else f"(i64.extend_i32_u {get('$align')})"
        low_bits = f"({p}.and {get('$new')} ({p}.sub {align} ({p}.const 1)))"
        misaligned = low_bits if p == "i32" else f"(i64.ne {low_bits} (i64.const 0))"
        arguments = [get("$old"), get("$old_size"), align, get("$new_size")]
        params = f"(param $old {p}) (param $old_size {p}) (param $align i32) (param $new_size {p}) (param $site i32)"
        return Block(f"(func {identifier} {params} (result {p})", (
            f"(local $new {p})",
            *self.reallocate(options, instance, arguments, "$new", get("$new_size"), misaligned, get("$site")),
            get("$new"),
        ))

    def reallocate(
        self, options: Options, instance: int, arguments: list[str], new: str, size: str, misaligned: str, site: str
    ) -> Iterator[Line]:
        """Calls realloc with *arguments*, sets local *new* to its result and checks that; *size* and *site* are
        expressions, *misaligned* is a condition, empty if it never holds."""
        p = options.pointer
        memory = self.memory(needed(options.memory, "memory"))
        guest = self.core_func(needed(options.realloc, "realloc"), "realloc", CoreFuncType((p, p, p, p), (p,)))
        statement = f"(local.set {new} {call(guest, arguments)})"
        yield from self.staying_inside(instance, self.in_new_thread(instance, [statement]))
        if misaligned:
            yield from self.trap_at(misaligned, TrapReason.REALLOC_MISALIGNED, site)
        yield from self.trap_at(outside(p, memory, get(new), size), TrapReason.REALLOC_OUT_OF_BOUNDS, site)

    def staying_inside(self, instance: int, statements: Iterable[Line]) -> Iterator[Line]:
        """*statements* run a realloc or a post-return of component instance *instance*, which may not leave."""
        if instance not in self.confined:
            yield from statements
        else:
            may_leave = self.flag("may_leave", instance)
            yield f"(global.set {may_leave} {i32(0)})"
            yield from statements
            yield f"(global.set {may_leave} {i32(1)})"

    def in_new_thread(self, instance: int, statements: Iterable[Line]) -> Iterator[Line]:
        """*statements* call core code of component instance *instance*, which finds its storage zero; what was there
        is kept on the operand stack meanwhile (CanonicalABI.md, "Threads"; "canon context.get")."""
        storage = self.storage(instance)
        for slot, t in storage:
            yield f"(global.get {slot})"
            yield f"(global.set {slot} ({t}.const 0))"
        yield from statements
        for slot, _ in reversed(storage):
            yield f"(global.set {slot})"

    # -- support modules

    def support(
        self, name: str, wat: str, memories: tuple[InstanceExport, ...], function: str, type: CoreFuncType
    ) -> str:
        """The export *function*, of type *type*, of the hand-written module *wat* over *memories*; see
        `SupportModule`."""
        item = SupportImport(self.support_module(name, wat, memories), function)
        full_name = f"{name}.{function}"
        return self._import(item, 3, "support", full_name, full_name, f"func {{}}{type_use(type)}")

    def support_module(self, name: str, wat: str, memories: tuple[InstanceExport, ...]) -> int:
        """Its number among `support_modules`."""
        return self._support.setdefault(SupportModule(name, wat, memories), len(self._support))

    def support_modules(self) -> tuple[SupportModule, ...]:
        return tuple(self._support)


def needed(item: _Item | None, option: str) -> _Item:
    """*item*, the canonical option *option*, which validation wants to be there."""
    if item is None:
        raise LinkError(f"the option {option} is needed here and was not given")
    return item


def item_name(plan: Plan, item: CoreItem) -> str:
    """What people know the item by."""
    match item:
        case InstanceExport(instance, name):
            return f"{core_instance(plan, instance).name}.{name}"
        case AdapterRef(index):
            return plan.adapters[index].name
        case HostLowerRef(index):
            return plan.host_lowers[index].name
        case BuiltinRef(index):
            return plan.builtins[index].name


def core_instance(plan: Plan, instance: int) -> InstantiateModule:
    """The step that makes core instance *instance*."""
    return plan.core_instances[instance]

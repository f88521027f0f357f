"""What the functions of one adapter module share, collected while they are written: imports, names, sites, helpers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fact.adapters.wat import Block, Line, Names, Note, call, get, i32, i32_hex, quoted, type_use
from fact.model.plan import (
    AdapterImport,
    AdapterRef,
    CoreItem,
    FlagImport,
    HostLowerRef,
    InstanceExport,
    InstantiateModule,
    Plan,
    TrapImport,
)
from fact.model.traps import TrapReason
from fact.model.types import CoreFuncType

TRAP = "$trap"
CHECK_CHAR = "$check_char"
_CHECK_CHAR_PARAMS = "(param $value i32) (param $site i32)"


@dataclass(frozen=True, slots=True)
class Import:
    item: AdapterImport
    identifier: str
    text: str
    rank: int
    """Flags, memories, functions and the trap stand together, in this order."""


@dataclass(slots=True)
class ModuleScope:
    """*functions* names the function of each adapter of this module; *guarded* and *throwing* are component instances:
    those whose may-enter flags matter, and those that exceptions can come from."""

    plan: Plan
    names: Names
    functions: Mapping[int, str]
    guarded: frozenset[int]
    throwing: frozenset[int]
    _imports: dict[AdapterImport, Import] = field(default_factory=dict)
    _sites: dict[str, int] = field(default_factory=lambda: {"": 0})
    _checks_chars: bool = False

    # -- imports

    def imports(self) -> list[Import]:
        """In the order of the text."""
        return sorted(self._imports.values(), key=lambda i: i.rank)

    def flag(self, flag: str, instance: int) -> str:
        """The global `may_leave` or `may_enter` of a component instance."""
        owner = self.plan.component_instances[instance].name
        return self._import(FlagImport(flag, instance), 0, flag, owner, f"{owner}.{flag}", "global {} (mut i32)")

    def memory(self, memory: InstanceExport) -> str:
        name = item_name(self.plan, memory)
        return self._import(memory, 1, "memory", name, name, "memory {} 0")

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
        return self._import(item, 2, module, wanted, name, f"func {{}}{type_use(t)}")

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
        number = self._sites.setdefault(site, len(self._sites))
        return i32(number, site or "no site")

    def trap_if(self, condition: str | Block, reason: TrapReason, site: str = "") -> Iterator[Line]:
        then = f"(then {self.trap(reason, self.site(site))} (unreachable))"
        if isinstance(condition, Block):
            yield Block("(if", (condition, then))
        else:
            yield Block(f"(if {condition}", (then,))

    def trap(self, reason: TrapReason, site: str) -> str:
        """*site* is an expression. The call does not return."""
        if TrapImport() not in self._imports:
            text = f'(import "trap" "trap" (func {TRAP} (param $reason i32) (param $site i32)))'
            self._imports[TrapImport()] = Import(TrapImport(), TRAP, text, 3)
        return call(TRAP, [i32(reason.code, reason.value), site])

    # -- helpers

    def check_char(self, value: str, site: str) -> Line:
        """Traps unless the expression *value* is a Unicode scalar value (CanonicalABI.md, "Loading").

        Most characters are below the surrogates and cost one comparison; the helper is called for the others.
        """
        self._checks_chars = True
        check = call(CHECK_CHAR, [value, self.site(site)])
        return f"(if (i32.ge_u {value} {i32_hex(0xD800)}) (then {check}))"

    def helpers(self) -> Iterator[Line]:
        """The functions that the adapters call besides imports, each once."""
        if self._checks_chars:
            yield ""
            yield Note("a char from 0xd800 on: no surrogate, and below 0x110000")
            yield Block(f"(func {CHECK_CHAR} {_CHECK_CHAR_PARAMS}", tuple(self._check_char_body()))

    def _check_char_body(self) -> Iterator[Line]:
        value, site = get("$value"), get("$site")
        surrogate = f"(i32.and (i32.ge_u {value} {i32_hex(0xD800)}) (i32.le_u {value} {i32_hex(0xDFFF)}))"
        for wrong in (f"(i32.ge_u {value} {i32_hex(0x110000)})", surrogate):
            yield Block(f"(if {wrong}", (f"(then {self.trap(TrapReason.INVALID_CHAR, site)} (unreachable))",))


def item_name(plan: Plan, item: CoreItem) -> str:
    """What people know the item by."""
    match item:
        case InstanceExport(instance, name):
            return f"{core_instance(plan, instance).name}.{name}"
        case AdapterRef(index):
            return plan.adapters[index].name
        case HostLowerRef(index):
            return plan.host_lowers[index].name


def core_instance(plan: Plan, instance: int) -> InstantiateModule:
    """The step that makes core instance *instance*."""
    return next(s for s in plan.steps if isinstance(s, InstantiateModule) and s.instance == instance)

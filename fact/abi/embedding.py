"""CanonicalABI.md, "Embedding": `Store.invoke`, `Store.lift` and `Store.lower`."""

from __future__ import annotations

from collections.abc import Sequence

from fact.abi.canon import FuncInst, OnResolve, OnStart, canon_lift, canon_lower
from fact.abi.explaining import cannot_enter
from fact.abi.flattening import FlatFuncType
from fact.abi.instances import ComponentInstance
from fact.abi.options import CanonicalOptions, CoreFunc, CoreValue
from fact.abi.strings import String
from fact.model.values import Case, Value


def invoke(f: FuncInst, args: Sequence[Value]) -> Value | None:
    """Calls component function *f* from the host. Raises `Trap`."""
    results: list[Value] = []
    f(lambda: args, results.extend, None)
    return to_host(results[0]) if results else None


def to_host(v: Value) -> Value:
    """*v*, which was lifted, without what its strings remember: a host function is given its arguments through this."""
    if isinstance(v, String):
        return str(v)
    if isinstance(v, Case) and v.payload is not None:
        return Case(v.label, to_host(v.payload))
    if isinstance(v, tuple) and not _PLAIN.issuperset(map(type, v)):
        return tuple(map(to_host, v))
    return v


_PLAIN = frozenset((bool, int, float, str))


def lift(f: CoreFunc, ft: FlatFuncType, opts: CanonicalOptions, inst: ComponentInstance) -> FuncInst:
    """The component function that a `canon lift` in *inst* defines.

    After a trap the instances entered stay entered: that is what makes every later call trap.
    """

    def func_inst(on_start: OnStart, on_resolve: OnResolve, caller: ComponentInstance | None) -> None:
        if not inst.may_enter_from(caller):
            raise cannot_enter(inst, caller)
        inst.enter_from(caller)
        canon_lift(f, ft, opts, inst, on_start, on_resolve)
        inst.leave_to(caller)

    return func_inst


def lower(f: FuncInst, ft: FlatFuncType, opts: CanonicalOptions, inst: ComponentInstance) -> CoreFunc:
    """The core function that a `canon lower` in *inst* defines; to be called while *inst* is entered only."""

    def core_func_inst(args: Sequence[CoreValue]) -> list[CoreValue]:
        return canon_lower(f, ft, opts, inst, args)

    return core_func_inst

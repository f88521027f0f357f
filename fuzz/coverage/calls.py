"""Calls: flat counts, who calls whom and from where, memories, post-returns, storage of threads."""

from __future__ import annotations

from itertools import product

from fact.model.plan import Plan
from fuzz.coverage.groups import Excluded, Group, named
from fuzz.coverage.traps import ROLES

BOUNDARIES = ("export", "adapter", "host import")
_FLOWS = ("i32", "i64")
RELATIONS = ("itself", "a child", "a descendant", "its parent", "an ancestor", "a sibling", "a relative")
_DEPTHS = tuple(f"call: {n} deep" for n in ("1", "2", "3", "4", "5 or more"))
_CORE = ("i32", "i64", "f32", "f64")


def params(n: int) -> str:
    """A class of numbers of flat parameters."""
    if n in (0, 1, 15, 16, 17):
        return str(n)
    return "more than 17" if n > 17 else "2 to 14"


def results(n: int) -> str:
    return str(n) if n < 3 else "more than 2"


def relation(plan: Plan, caller: int, callee: int) -> str:
    """What *callee* is to *caller*."""
    if caller == callee:
        return "itself"
    up, down = plan.ancestors(caller), plan.ancestors(callee)
    if callee in up:
        return "its parent" if up[1] == callee else "an ancestor"
    if caller in down:
        return "a child" if down[1] == caller else "a descendant"
    return "a sibling" if up[1] == down[1] else "a relative"


def depth(n: int) -> str:
    """The feature of *n* component functions that run within each other."""
    return _DEPTHS[min(n, len(_DEPTHS)) - 1]


FLAT = Group(
    "flat", "numbers of core values, and slots that the payloads of a variant share",
    named(
        "flat",
        *(f"{n} params, {b}" for b in BOUNDARIES for n in ("0", "1", "2 to 14", "15", "16", "17", "more than 17")),
        *(f"{n} result{'s' * (n != '1')}, {b}" for b in BOUNDARIES for n in ("0", "1", "2", "more than 2")),
        *(f"{a} joined with {b}" for i, a in enumerate(sorted(_CORE)) for b in sorted(_CORE)[i + 1 :]),
        *(f"{a} in a slot of {b}, {boundary}" for boundary in BOUNDARIES
          for a, b in (("f32", "i32"), ("i32", "i64"), ("f32", "i64"), ("f64", "i64"))),
        *(f"unused slots, {b}" for b in BOUNDARIES),
    ),
)

MEMORIES = Group(
    "memory", "widths of memories (type of pointers) between which values go",
    named(
        "memory",
        *(f"{a} to {b}, {top}" for top in ("params", "result") for a, b in product(_FLOWS, _FLOWS)),
        *(f"{p}, {b}" for b in ("export", "host import") for p in _FLOWS),
    ),
)

_BEHAVIOURS = ("uses a built-in", "ends by a trap", "ends by an exception")

CALLS = Group(
    "call", "who calls whom, from which kind of core code, how deep; what else that code does",
    named(
        "call",
        *(f"an instance calls {whom}" for whom in RELATIONS),
        *(f"the host calls a function of {whom}" for whom in ("the root", "a child", "a grandchild")),
        *(f"{what} from {role}" for what, role in product(("adapter", "host import"), ROLES)),
        *(depth.removeprefix("call: ") for depth in _DEPTHS), "a function within itself",
        *(f"post-return of {result}, {boundary}" for boundary in BOUNDARIES[:2]
          for result in ("no result", "a flat result", "a returned area")),
        *(f"{role} {what}" for role, what in product(("realloc", "post-return", "destructor"), _BEHAVIOURS)),
        "realloc grows the memory",
        "a host import returns", "a host import traps",
    ),
)

CONTEXT = Group(
    "context", "storage of threads: what is read and written in which kind of core code",
    named(
        "context",
        *(f"get in {role}, {what}" for role, what in product(ROLES, ("zero", "what was set"))),
        *(f"set in {role}" for role in ROLES),
    ),
)

EXCLUDED = (
    Excluded("flat: payloads in results", "a variant with a payload has two flat values, which are returned in memory"),
    Excluded("flat: i64 or f64 in a slot of i32", "such a slot is an i64"),
    Excluded("context: slot 1, or storage of i64", "wasmtime refuses both here, so generated cases use neither"),
)

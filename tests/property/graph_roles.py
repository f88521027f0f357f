"""Which core functions fill which roles in a component graph, read off its definitions alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from generators.graphs import (
    BuiltIn,
    Component,
    CoreAlias,
    CoreInstance,
    Definition,
    GraphBlueprint,
    Import,
    Lift,
    Lower,
    Module,
    Parts,
    Resource,
    references,
    walk,
)
from generators.graphs_core import Call, Code, CoreFunc

ROLES = ("callee", "realloc of a lift", "realloc of a lower", "post-return", "destructor", "import", "element",
         "called at the start", "part", "alias of a part")

FILLERS = ("own", "adapter", "host", "resource.new", "resource.rep", "resource.drop", "context.get", "context.set")

IMPOSSIBLE = {
    *((role, built_in) for role in ("realloc of a lift", "realloc of a lower") for built_in in FILLERS[3:]),
    *((role, built_in) for role in ("post-return", "destructor") for built_in in
      ("resource.new", "resource.rep", "context.get")),
}
"""No built-in has the type of a realloc; a post-return and a destructor have no result."""


@dataclass
class Roles:
    """*found* counts pairs of role and filler. *facts* are what stands for other definitions."""

    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    host: set[int] = field(default_factory=set)

    def of(self, b: GraphBlueprint) -> None:
        paths = {h.path[0] for h in b.host}
        at_root = {d.id for d in b.body if isinstance(d, Import) and d.name in paths}
        self._body(b.body, at_root, {d.id: d.code for d in walk(b.body) if isinstance(d, Module)})

    def _body(self, body: tuple[Definition, ...], host: set[int], codes: dict[int, Code]) -> None:
        filler: dict[int, str] = {}
        parts: dict[int, dict[str, int]] = {}
        outer = set(host)
        for d in body:
            match d:
                case Import(id=i, name=name) if name.startswith("h"):
                    outer.add(i)
                case Lower(id=i, func=f, realloc=realloc):
                    filler[i] = "host" if self._from(body, f) & outer else "adapter"
                    self._count("realloc of a lower", filler, realloc)
                case BuiltIn(id=i, kind=kind):
                    filler[i] = kind
                case Parts(id=i, exports=exports):
                    parts[i] = {n: f for n, s, f in exports if s == "func"}
                    for f in parts[i].values():
                        self._count("part", filler, f)
                case CoreAlias(id=i, sort="func", instance=instance, name=name):
                    if instance in parts:
                        filler[i] = filler[parts[instance][name]]
                        self._count("alias of a part", filler, i)
                    else:
                        filler[i] = "own"
                case CoreInstance(module=m, args=args) if m in codes:
                    self._code(codes[m], dict(args), parts, filler)
                case Lift(callee=callee, realloc=realloc, post_return=post):
                    self._count("callee", filler, callee)
                    self._count("realloc of a lift", filler, realloc)
                    self._count("post-return", filler, post)
                case Resource(destructor=destructor):
                    self._count("destructor", filler, destructor)
                case Component(body=inner):
                    self._body(inner, set(), codes)

    def _from(self, body: tuple[Definition, ...], number: int) -> set[int]:
        """Where an alias comes from."""
        of = {d.id: d for d in body}
        found = {number}
        while number in of and len(refs := references(of[number])) == 1:
            (number,) = refs
            found.add(number)
        return found

    def _code(self, code: Code, args: dict[str, int], parts: dict[int, dict[str, int]], filler: dict[int, str]) -> None:
        names = dict.fromkeys((f.name for f in code.functions), "own")
        for i in code.imports:
            if isinstance(i.type, CoreFunc) and i.name != "log":
                given = parts.get(args[i.instance])
                names[i.name] = filler[given[i.field]] if given is not None else "own"
                self.found["import", names[i.name]] += 1
        for name in (n for e in code.elements for n in e.functions):
            self.found["element", names[name]] += 1
        for s in (s for f in code.functions if f.name == code.start for s in f.steps):
            if isinstance(s, Call):
                self.found["called at the start", names[s.callee]] += 1

    def _count(self, role: str, filler: dict[int, str], number: int | None) -> None:
        if number is not None:
            self.found[role, filler[number]] += 1

    def missing(self) -> Iterator[tuple[str, str]]:
        return ((r, f) for r in ROLES for f in FILLERS if (r, f) not in IMPOSSIBLE and not self.found[r, f])

"""What is left of a component graph when some definitions go: without what depended on them.

A definition goes when something that it refers to is gone: an alias with the export that it names, a step with the
function that it calls. What can be made whole otherwise stays: an optional role is left empty, an instance of inline
exports has fewer of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from generators.graphs import (
    LOG,
    Alias,
    Bundle,
    Component,
    ComponentType,
    CoreAlias,
    CoreInstance,
    Definition,
    Export,
    ExternType,
    GraphBlueprint,
    Import,
    Instance,
    InstanceType,
    Lift,
    Lower,
    Module,
    ModuleType,
    Outer,
    Parts,
    Resource,
    references,
)
from generators.graphs_core import (
    Call,
    Code,
    Count,
    Element,
    Function,
    Grow,
    Indirect,
    Load,
    Move,
    Operand,
    Read,
    Result,
    Step,
    Store,
    Throw,
)


def without(b: GraphBlueprint, gone: Collection[int]) -> GraphBlueprint:
    """*b* without the definitions numbered *gone*, and without what cannot be without them. Calls of functions that are
    not exported any more go too, and so do arguments that nothing imports."""
    return repaired(replace(b, body=_taken(b.body, frozenset(gone))))


def _taken(body: tuple[Definition, ...], gone: frozenset[int]) -> tuple[Definition, ...]:
    return tuple(
        replace(d, body=_taken(d.body, gone)) if isinstance(d, Component) else d for d in body if d.id not in gone
    )


def repaired(b: GraphBlueprint) -> GraphBlueprint:
    """*b* without definitions that refer to what is not there."""
    while True:
        repair = _Repair()
        body = repair.body(b.body, {LOG})
        paths = set(_paths("", repair.exported(body)))
        calls = tuple(c for c in b.calls if c.export in paths)
        host = {d.name for d in body if isinstance(d, Import)}
        after = replace(b, body=body, calls=calls, host=tuple(h for h in b.host if h.path[0] in host))
        if after == b:
            return b
        b = after


Names = Mapping[str, object]
"""What an instance exports: by name, for an instance what that exports."""


def _paths(prefix: str, names: Names) -> Iterator[str]:
    for name, inner in names.items():
        yield prefix + name
        if isinstance(inner, dict):
            yield from _paths(f"{prefix}{name}#", inner)


@dataclass(slots=True)
class _Repair:
    """*exports* of instances, core instances and components, *imports* of components and modules, by number, where
    they are known."""

    exports: dict[int, Names] = field(default_factory=dict)
    imports: dict[int, frozenset[str]] = field(default_factory=dict)
    modules: dict[int, Code | ModuleType] = field(default_factory=dict)
    wanted: dict[int, dict[str, ExternType]] = field(default_factory=dict)
    """The types of what a component imports, by its number."""

    def body(self, body: tuple[Definition, ...], outside: set[int]) -> tuple[Definition, ...]:
        there = set(outside)
        kept = []
        for old in body:
            d = self.definition(old, there)
            if d is not None:
                kept.append(d)
                there.add(d.id)
                self.learn(d)
        return tuple(kept)

    def definition(self, d: Definition, there: set[int]) -> Definition | None:
        match d:
            case Component(body=body):
                return replace(d, body=self.body(body, there))
            case Parts(exports=exports):
                return replace(d, exports=tuple(e for e in exports if e[2] in there))
            case Bundle(exports=exports):
                return replace(d, exports=tuple(e for e in exports if e[2] in there))
            case Lift(realloc=r, post_return=p):
                d = replace(d, realloc=r if r in there else None, post_return=p if p in there else None)
            case Lower(realloc=r):
                d = replace(d, realloc=r if r in there else None)
            case Resource(destructor=i):
                d = replace(d, destructor=i if i in there else None)
            case CoreInstance(module=module, args=args) if module in self.modules:
                code = self.modules[module]
                wanted = {i.instance for i in code.imports} if isinstance(code, Code) else {i[0] for i in code.imports}
                d = replace(d, args=tuple(a for a in args if a[0] in wanted))
                if wanted - {name for name, _ in d.args}:
                    return None
                for instance, name in _imported(code):
                    number = dict(d.args)[instance]
                    if number != LOG and name not in self.exports.get(number, {name: None}):
                        return None
            case Instance(component=component, args=args) if component in self.imports:
                wanted = set(self.imports[component])
                d = replace(d, args=tuple(a for a in args if a[0] in wanted))
                if wanted - {name for name, _, _ in d.args}:
                    return None
                types = self.wanted.get(component, {})
                if not all(self.has(number, types[name]) for name, _, number in d.args if name in types):
                    return None
            case CoreAlias(instance=i, name=name) | Alias(instance=i, name=name):
                if name not in self.exports.get(i, {name: None}):
                    return None
        return d if all(i in there for i in references(d)) else None

    def learn(self, d: Definition) -> None:
        match d:
            case Module(code=code):
                self.modules[d.id] = code
            case Component(body=body):
                self.imports[d.id] = frozenset(i.name for i in body if isinstance(i, Import))
                self.wanted[d.id] = {i.name: i.type for i in body if isinstance(i, Import)}
                self.exports[d.id] = self.exported(body)
            case Import(type=t):
                self.declared(d.id, t)
            case Outer(of=of) | Export(item=of):
                if of in self.exports:
                    self.exports[d.id] = self.exports[of]
                if of in self.imports:
                    self.imports[d.id] = self.imports[of]
                if of in self.modules:
                    self.modules[d.id] = self.modules[of]
                if of in self.wanted:
                    self.wanted[d.id] = self.wanted[of]
            case CoreInstance(module=module) if module in self.modules:
                self.exports[d.id] = dict.fromkeys(_exported(self.modules[module]))
            case Instance(component=component) if component in self.exports:
                self.exports[d.id] = self.exports[component]
            case Parts(exports=exports):
                self.exports[d.id] = {name: None for name, _, _ in exports}
            case Bundle(exports=exports):
                self.exports[d.id] = {name: self.exports.get(i) for name, s, i in exports}
            case Alias(sort="instance", instance=i, name=name):
                inner = self.exports.get(i, {}).get(name)
                if isinstance(inner, dict):
                    self.exports[d.id] = inner

    def declared(self, number: int, t: ExternType) -> None:
        match t:
            case InstanceType():
                self.exports[number] = _named(t)
            case ComponentType(imports=imports):
                self.imports[number] = frozenset(name for name, _ in imports)
                self.wanted[number] = dict(imports)
                self.exports[number] = _named(InstanceType(t.exports))
            case ModuleType():
                self.modules[number] = t

    def has(self, number: int, t: ExternType) -> bool:
        """Whether definition *number*, as far as it is known, has the names that *t* asks for."""
        match t:
            case InstanceType():
                return number not in self.exports or _covers(self.exports[number], _named(t))
            case ComponentType(exports=exports):
                return number not in self.exports or _covers(self.exports[number], _named(InstanceType(exports)))
            case ModuleType(exports=exports):
                code = self.modules.get(number)
                return code is None or {name for name, _ in exports} <= set(_exported(code))
        return True

    def exported(self, body: tuple[Definition, ...]) -> dict[str, object]:
        return {d.name: self.exports.get(d.item) if d.sort == "instance" else None
                for d in body if isinstance(d, Export)}


def _imported(code: Code | ModuleType) -> list[tuple[str, str]]:
    if isinstance(code, Code):
        return [(i.instance, i.field) for i in code.imports]
    return [(i[0], i[1]) for i in code.imports]


def _covers(have: Names, want: Names) -> bool:
    for name, inner in want.items():
        there = have.get(name)
        if name not in have or (isinstance(inner, dict) and isinstance(there, dict) and not _covers(there, inner)):
            return False
    return True


def _exported(code: Code | ModuleType) -> list[str]:
    if isinstance(code, Code):
        return [e.name for e in code.exports]
    return [name for name, _ in code.exports]


def _named(t: InstanceType) -> dict[str, object]:
    return {name: _named(inner) if isinstance(inner, InstanceType) else None for name, inner in t.exports}


# -- core code


def repaired_code(code: Code) -> Code:
    """*code* without what uses names that are not there."""
    there = {i.name for i in code.imports} | {name for name, _ in code.own}
    functions = []
    for f in code.functions:
        functions.append(without_steps(f, {n for n, s in enumerate(f.steps) if not set(_used(s)) <= there}))
        there.add(f.name)
    return replace(
        code, functions=tuple(functions),
        elements=tuple(Element(e.table, e.offset, fs) for e in code.elements
                       if e.table in there and (fs := tuple(n for n in e.functions if n in there))),
        exports=tuple(e for e in code.exports if e.item in there), start=code.start if code.start in there else "",
    )


def _used(s: Step) -> tuple[str, ...]:
    match s:
        case Call(callee=callee, caught=caught):
            return (callee, *filter(None, (caught,)))
        case Indirect(table=name) | Count(cell=name) | Throw(tag=name):
            return (name,)
        case Store(memory=name) | Load(memory=name) | Read(memory=name) | Grow(memory=name):
            return (name,)
        case Move(to=to, source=source):
            return (to, *filter(None, (source,)))
    return ()


def without_steps(f: Function, gone: Collection[int]) -> Function:
    """*f* without some steps; what they gave is 0."""
    if not gone:
        return f
    left = [n for n in range(len(f.steps)) if n not in gone]

    def operand(o: Operand) -> Operand:
        if not isinstance(o, Result):
            return o
        return Result(left.index(o.step)) if o.step in left else Result(len(f.steps))

    def step(s: Step) -> Step:
        changes: dict[str, object] = {}
        for name in ("operand", "pointer", "size"):
            value = getattr(s, name, None)
            if isinstance(value, Result):
                changes[name] = operand(value)
        if isinstance(s, Call | Indirect):
            changes["args"] = tuple(map(operand, s.args))
        return replace(s, **changes) if changes else s

    tail = f.tail and len(f.steps) - 1 in left
    return replace(f, steps=tuple(step(f.steps[n]) for n in left), returns=operand(f.returns), tail=tail)



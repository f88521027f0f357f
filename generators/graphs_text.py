"""Component text of the cases that `generators.graphs` describes.

Definition *n* is called by its sort and number: `$func3`. A component whose core instances write a log exports it as
`log-count`, `log-entry` and `log-digest`, and under a prefix those of the components that it instantiates; the root
its own as `root-log-count` and so on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fact.model.types import Prim
from generators.blueprint import Signature
from generators.components import Rendered
from generators.graphs import (
    LOG,
    Alias,
    AnyResource,
    Bound,
    BuiltIn,
    Bundle,
    Component,
    ComponentType,
    CoreAlias,
    CoreInstance,
    Definition,
    Export,
    ExternType,
    FuncType,
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
    TypeDefinition,
    references,
)
from generators.graphs_code import LOG_MODULE, code_text, extern
from generators.logs import LOG_FUNCTIONS
from generators.valtypes import BorrowOf, ListOf, OptionOf, OwnOf, RecordOf, ResultOf, TupleOf, Type
from generators.values import value

ROOT = "root"


def render(blueprint: GraphBlueprint) -> Rendered:
    """The component's text and what belongs to it; a pure function of *blueprint*."""
    calls = tuple(
        (call.export, tuple(value(t, image) for t, image in zip(call.signature.params, call.args, strict=True)))
        for call in blueprint.calls
    )
    text = _Text()
    lines, logs = text.component(ROOT, blueprint.body)
    prefixes = tuple(prefix or ROOT for prefix in logs)
    return Rendered("\n".join(lines) + "\n", calls, prefixes, {h.path: h.behaviour for h in blueprint.host})


def signatures(blueprint: GraphBlueprint) -> tuple[Signature, ...]:
    """The type of the function that each call calls."""
    return tuple(call.signature for call in blueprint.calls)


_SORTS = {"core module": "module"}


def _name(sort: str, number: int) -> str:
    return f"${_SORTS.get(sort, sort)}{number}"


def _ref(sort: str, number: int) -> str:
    return f"({sort} {_name(sort, number)})"


def _core(sort: str, number: int) -> str:
    return f"$core-{sort}{number}"


@dataclass(slots=True)
class _Text:
    homes: dict[int, str] = field(default_factory=dict)
    """The component that each definition is in."""
    logs: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """The logs that a component exports, by its number (or that of an alias or import of it): their prefixes."""
    types: dict[Signature, str] = field(default_factory=dict)
    """Types of functions that have a name in the component at hand, and how they are written."""
    named: dict[int, Signature] = field(default_factory=dict)
    """By number, wherever it is."""

    def component(self, name: str, body: tuple[Definition, ...]) -> tuple[list[str], tuple[str, ...]]:
        """The text and the prefixes of the logs; nothing for a log of its own."""
        lines = [f"(component ${name}"]
        types, self.types = self.types, {}
        own = any(isinstance(d, CoreInstance) and any(i == LOG for _, i in d.args) for d in body)
        if name == ROOT and (own or any(map(_logging, body))):
            lines += LOG_MODULE.split("\n")
        if own:
            lines.append("(core instance $log (instantiate $Log))")
        found: list[tuple[str, str]] = [("", "")] if own else []
        for d in body:
            self.homes[d.id] = name
            lines += self.definition(d)
            if isinstance(d, Instance):
                found += [(f"i{d.id}-{p}".rstrip("-"), f'{_name("instance", d.id)} "{p}-'.replace('"-', '"'))
                          for p in self.logs.get(d.component, ())]
        self.types = types
        for prefix, source in found:
            outside = prefix or (ROOT if name == ROOT else "")
            for function, type in LOG_FUNCTIONS:
                exported = f"{outside}-{function}".lstrip("-")
                if source:
                    lines.append(f'(export "{exported}" (func {source}{function}"))')
                else:
                    lines.append(f'(func (export "{exported}") {type} (canon lift (core func $log "{function}")))')
        text = [lines[0], *("  " + line for line in lines[1:])]
        text[-1] += ")"
        return text, tuple(p for p, _ in found)

    def name(self, number: int, s: Signature) -> None:
        """Definition *number* is a name for the type of functions *s*."""
        self.named[number] = s
        self.types[s] = f" (type {_name('type', number)})"

    def definition(self, d: Definition) -> Iterator[str]:
        match d:
            case Module(number, code):
                yield from code_text(_name("core module", number), code).split("\n")
            case CoreInstance(number, module, args):
                given = "".join(f' (with "{n}" (instance {_core_instance(i)}))' for n, i in args)
                yield f"(core instance {_core_instance(number)} (instantiate {_name('core module', module)}{given}))"
            case Parts(number, exports):
                given = "".join(f' (export "{n}" ({s} {_core(s, i)}))' for n, s, i in exports)
                yield f"(core instance {_core_instance(number)}{given})"
            case CoreAlias(number, sort, instance, name):
                yield f'(alias core export {_core_instance(instance)} "{name}" (core {sort} {_core(sort, number)}))'
            case Outer(number, sort, of):
                if of in self.named:
                    self.name(number, self.named[of])
                self.logs[number] = self.logs.get(of, ())
                yield f"(alias outer ${self.homes.get(of, ROOT)} {_name(sort, of)} ({sort} {_name(sort, number)}))"
            case Lift(number, s, callee):
                yield (f"(func {_name('func', number)}{self.types.get(s) or _function(s)}"
                       f" (canon lift (core func {_core('func', callee)}){_options(d)}))")
            case Lower(number, func):
                yield f"(core func {_core('func', number)} (canon lower {_ref('func', func)}{_options(d)}))"
            case Resource(number, destructor):
                dtor = "" if destructor is None else f" (dtor (core func {_core('func', destructor)}))"
                yield f"(type {_name('type', number)} (resource (rep i32){dtor}))"
            case BuiltIn(number, kind, resource):
                about = "i32 0" if resource is None else _name("type", resource)
                yield f"(core func {_core('func', number)} (canon {kind} {about}))"
            case TypeDefinition(number, t):
                if isinstance(t, FuncType):
                    self.name(number, t.signature)
                text = f"(func{_function(t.signature)})" if isinstance(t, FuncType) else type_text(t.type)
                yield f"(type {_name('type', number)} {text})"
            case Component(number, body):
                lines, self.logs[number] = self.component(f"component{number}", body)
                yield from lines
            case Instance(number, component, args):
                given = "".join(f' (with "{n}" {_ref(s, i)})' for n, s, i in args)
                yield f"(instance {_name('instance', number)} (instantiate {_name('component', component)}{given}))"
            case Bundle(number, exports):
                given = "".join(f' (export "{n}" {_ref(s, i)})' for n, s, i in exports)
                yield f"(instance {_name('instance', number)}{given})"
            case Alias(number, sort, instance, name):
                yield f'(alias export {_name("instance", instance)} "{name}" {_ref(sort, number)})'
            case Import(number, name, t):
                if isinstance(t, ComponentType):
                    self.logs[number] = t.logs
                if isinstance(t, FuncType) and t.signature in self.types:
                    yield f'(import "{name}" (func {_name("func", number)}{self.types[t.signature]}))'
                    return
                if isinstance(t, Bound):
                    yield f"(type $is{number} {type_text(t.type)})"
                    yield f'(import "{name}" (type {_name("type", number)} (eq $is{number})))'
                    return
                yield f'(import "{name}" {extern_type(t, number)})'
            case Export(number, name, sort, item):
                yield f'(export {_name(sort, number)} "{name}" {_ref(sort, item)})'


def _logging(d: Definition) -> bool:
    return LOG in references(d)


def _core_instance(number: int) -> str:
    return "$log" if number == LOG else f"$core{number}"


def _options(d: Lift | Lower) -> str:
    text = "" if d.encoding is None else f" string-encoding={d.encoding}"
    if d.memory is not None:
        text += f" (memory {_core('memory', d.memory)})"
    if d.realloc is not None:
        text += f" (realloc {_core('func', d.realloc)})"
    if isinstance(d, Lift) and d.post_return is not None:
        text += f" (post-return {_core('func', d.post_return)})"
    return text


# -- types


def extern_type(t: ExternType, number: int | None = None) -> str:
    """As it stands in an import, where *number* is what it imports, or within another type."""
    def named(sort: str) -> str:
        return sort if number is None else f"{sort} {_name(sort, number)}"

    match t:
        case FuncType(s):
            return f"({named('func')}{_function(s)})"
        case ModuleType(imports, exports):
            inner = "".join(f' (import "{i}" "{f}" {extern(core)})' for i, f, core in imports)
            inner += "".join(f' (export "{n}" {extern(core)})' for n, core in exports)
            return f"(core module{'' if number is None else ' ' + _name('core module', number)}{inner})"
        case InstanceType(exports):
            return f"({named('instance')}{_declared('export', exports)})"
        case ComponentType(imports, exports, logs):
            text = f"{_declared('import', imports)}{_declared('export', exports)}"
            for prefix in logs:
                text += "".join(
                    f' (export "{f"{prefix}-{name}".lstrip("-")}" (func {type}))' for name, type in LOG_FUNCTIONS
                )
            return f"({named('component')}{text})"
        case AnyResource():
            return f"({named('type')} (sub resource))"
    raise AssertionError(f"its text needs a name for it: {t}")


def _declared(way: str, items: tuple[tuple[str, ExternType], ...]) -> str:
    text = ""
    for i, (name, t) in enumerate(items):
        match t:
            case AnyResource():
                inner = f"(type $r{i} (sub resource))"
            case Bound(type):
                text += f" (type ${way}{i} {type_text(type)})"
                inner = f"(type (eq ${way}{i}))"
            case _:
                inner = extern_type(t)
        text += f' ({way} "{name}" {inner})'
    return text


def _function(s: Signature) -> str:
    params = "".join(
        f' (param "{"self" if isinstance(t, BorrowOf) else f"p{i}"}" {type_text(t)})' for i, t in enumerate(s.params)
    )
    return params + ("" if s.result is None else f" (result {type_text(s.result)})")


def type_text(t: Type) -> str:
    match t:
        case Prim():
            return str(t)
        case OwnOf(n) | BorrowOf(n):
            return f"({'own' if isinstance(t, OwnOf) else 'borrow'} {f'$type{n}' if n >= 0 else f'$r{-1 - n}'})"
        case ListOf(element=e):
            return f"(list {type_text(e)})"
        case TupleOf(elements=elements):
            return f"(tuple{''.join(' ' + type_text(e) for e in elements)})"
        case RecordOf(fields=fields):
            return f"(record{''.join(f' (field {chr(34)}f{i}{chr(34)} {type_text(f)})' for i, f in enumerate(fields))})"
        case OptionOf(payload=payload):
            return f"(option {type_text(payload)})"
        case ResultOf(ok=ok, error=error):
            text = "" if ok is None else " " + type_text(ok)
            return f"(result{text}{'' if error is None else f' (error {type_text(error)})'})"
    raise AssertionError(f"no type of this family: {t}")

"""A case about handles as component text, with everything needed to run it.

Definition *n* is the component `$D<n>`, instance *n* of the root `$i<n>`; `handles_components` has the text of
definitions, `handles_scopes` that of what is around them. The root exports `run-<n>`, which carries out a script in
instance *n*, and the instance's log under the prefix `i<n>`; it imports the host's functions as `a<n>`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fact.model.values import Handle, Value
from generators.blueprint import Signature
from generators.components import Rendered
from generators.handles import HOST, Call, Form, FromHost, HandleBlueprint, HostDrop, Run, of_canonical
from generators.handles_components import RUN, RUNTIME, Component, Names, labelled
from generators.handles_guests import Encoder, Guest
from generators.handles_runtime import runtime_fields
from generators.handles_scopes import Scope, ScopeTypes, Whole, scopes
from generators.handles_values import resources_in, with_script
from generators.logs import LOG_FUNCTIONS
from generators.valtypes import OwnOf
from generators.values import value

DROP = "(drop)"
"""In the place of an export's name: the host drops the handle that is the only argument."""


def render(blueprint: HandleBlueprint) -> Rendered:
    """The component's text and what belongs to it; a pure function of *blueprint*."""
    encoder = Encoder(blueprint)
    calls = tuple(_call(blueprint, call, encoder) for call in blueprint.calls)
    host = {f.path: f.behaviour for f in blueprint.host}
    return Rendered(component_text(blueprint, encoder.guests), calls, log_prefixes(blueprint), host)


def signatures(blueprint: HandleBlueprint) -> tuple[Signature, ...]:
    """The type of what each call calls."""
    return tuple(_signature(blueprint, call) for call in blueprint.calls)


def _signature(blueprint: HandleBlueprint, call: Call) -> Signature:
    match call:
        case Run():
            return RUN
        case FromHost(export=export):
            source = blueprint.exports[export]
            return with_script(blueprint.linked(source.instance, blueprint.exported(export)))
        case HostDrop():
            return Signature((OwnOf(0),))


def _call(blueprint: HandleBlueprint, call: Call, encoder: Encoder) -> tuple[str, tuple[Value, ...]]:
    if isinstance(call, HostDrop):
        return DROP, (Handle(call.handle),)
    words = encoder.words(blueprint.enters(call), call.script)
    if isinstance(call, Run):
        return f"run-{call.instance}", (words,)
    params = blueprint.exported(call.export).params
    return f"x{call.export}", (*(value(t, image) for t, image in zip(params, call.args, strict=True)), words)


def log_prefixes(blueprint: HandleBlueprint) -> tuple[str, ...]:
    return tuple(f"i{i}" for i in range(len(blueprint.instances)) if not blueprint.definition(i).relay)


def component_text(blueprint: HandleBlueprint, guests: dict[int, Guest]) -> str:
    """*guests* know the scripts that instances are to carry out."""
    noted = frozenset(i.noted for i in blueprint.instances if i.noted is not None and i.noted != HOST)
    called = {blueprint.instances[i].definition for i in noted}
    forms = _forms(blueprint)
    components = tuple(
        Component(definition, guests.get(d), Names(d, definition, blueprint.parent and d == 0), d in called, forms[d],
                  "$in-note0" if blueprint.parent and d == 0 else "$noted")
        for d, definition in enumerate(blueprint.definitions)
    )
    root = scopes(Whole(blueprint, components, noted))
    most = max(definition.types for definition in blueprint.definitions)
    lines = ["(component $root", *root.import_lines(
        {f: f"a{f.index}" for f in root.functions}
    )]
    for p in sorted({definition.pointer for definition in blueprint.definitions if not definition.relay}):
        lines.append(f"(core module {RUNTIME[p]}\n{runtime_fields(most, bool(noted), p)[:-1]})")
    if blueprint.parent:
        lines += components[0].before_children()
    lines += root.content_lines()
    if blueprint.parent:
        lines += _given_to_parent(blueprint, root)
        lines += components[0].after_children()
    for i in range(len(blueprint.instances)):
        if not blueprint.definition(i).relay:
            lines.append(f'(export "run-{i}" {root.item("func", i, "run")})')
            lines += [f'(export "i{i}-{name}" {root.item("func", i, name)})' for name, _ in LOG_FUNCTIONS]
    lines += _exports(blueprint, root)
    return "\n".join(lines).replace("\n", "\n  ") + ")\n"


def _forms(blueprint: HandleBlueprint) -> list[list[Form]]:
    """By definition, the forms of the names of what it imports."""
    found: list[list[Form]] = [["plain"] * len(definition.imports) for definition in blueprint.definitions]
    for instance in blueprint.instances:
        found[instance.definition] = [blueprint.form(source) for source in instance.functions]
    return found


def _given_to_parent(blueprint: HandleBlueprint, root: Scope) -> Iterator[str]:
    """Names for what is an import where the parent is no root."""
    for sort, letter, exported, sources in (
        ("type", "h", "h", blueprint.instances[0].types), ("func", "c", "f", blueprint.instances[0].functions),
    ):
        for n, s in enumerate(sources):
            if s.instance != HOST:
                instance, name = root.path(s.instance, f"{exported}{s.index}")
                yield f'(alias export {instance} "{name}" ({sort} ${letter}{n}))'
            elif sort == "type":
                yield f"(alias outer $root {root.imported_resource(s)} (type $h{n}))"


def _exports(blueprint: HandleBlueprint, root: Scope) -> Iterator[str]:
    """The functions for the host, by exported names of the resource types."""
    linked = [blueprint.linked(s.instance, blueprint.exported(n)) for n, s in enumerate(blueprint.exports)]
    names = dict(root.types().resources)
    for number in dict.fromkeys(r for s in linked for r in resources_in(s)):
        if number not in names:
            resource, names[number] = of_canonical(number), f"$x{number}"
            yield f'(export $x{number} "h{resource.instance}-{resource.index}" {root.type(resource)})'
    types = ScopeTypes(names, {})
    for n, (source, s) in enumerate(zip(blueprint.exports, linked, strict=True)):
        text = labelled(types.function(with_script(s)), blueprint.form(source))
        yield f'(export "x{n}" {root.function(source)} (func{text}))'

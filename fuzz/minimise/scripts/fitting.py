"""Constants of a script made to fit other types than those they were written for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from fact.link import Environment
from fact.model.types import (
    Borrow,
    EnumType,
    Flags,
    FuncType,
    List,
    Map,
    Option,
    Own,
    Prim,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)
from fuzz.minimise.scripts.constants import Told
from fuzz.minimise.scripts.model import ACTING, ScriptParts, assembled, with_action
from fuzz.wast import script as commands
from fuzz.wast.script import Constant
from fuzz.wast.signatures import function_types


class _NoConstant(Exception):
    """A handle is wanted, which no constant is."""


def fitted(parts: ScriptParts, index: int, dropped: int | None = None) -> ScriptParts:
    """*parts* with constants that fit the functions of its definition *index*, where these can be told: arguments too
    many or too few are left out, number *dropped* first, or added."""
    body = parts.directives[index].body
    assert body is not None
    try:
        types = function_types(assembled(body), Environment())
    except Exception:  # a candidate need not make sense
        return parts
    for i, directive in enumerate(parts.directives):
        command = directive.command
        if isinstance(command, ACTING) and (type := types.get(command.action.field)) is not None:
            try:
                args = _arguments(command.action.args, type, dropped)
            except _NoConstant:
                return parts
            if args != command.action.args:
                action = msgspec.structs.replace(command.action, args=args)
                parts = parts.with_command(i, with_action(_without_expectation(command), action))
    return parts


def _without_expectation(command: commands.Command) -> commands.Command:
    assert isinstance(command, ACTING)
    return commands.Perform(line=command.line, action=command.action)


def _arguments(args: Sequence[Constant], type: FuncType, dropped: int | None) -> tuple[Constant, ...]:
    given = list(args)
    if len(given) > len(type.params) and dropped is not None and dropped < len(given):
        del given[dropped]
    del given[len(type.params) :]
    told: list[Told] = [{"type": c.type, "value": c.value} for c in given]
    told += [{}] * (len(type.params) - len(told))
    fit = [_fit(item, t) for item, t in zip(told, type.param_types, strict=True)]
    return tuple(Constant(item["type"], item["value"]) for item in fit)


def _fit(told: Told, t: ValType) -> Told:
    """The constant itself, or a part of it, or the plainest of the type."""
    kind: str | None = told.get("type")
    value: Any = told.get("value")
    match t:
        case Prim():
            return told if kind == t.value else {"type": t.value, "value": _plain(t)}
        case List(element, length):
            items = [_fit(i, element) for i in value] if kind == "list" else []
            wanted = len(items) if length is None else length
            return {"type": "list", "value": [*items, *[_fit({}, element)] * wanted][:wanted]}
        case Map(key, item):
            return {"type": "list", "value": [_fit(i, Tuple((key, item))) for i in value] if kind == "list" else []}
        case Record(fields):
            named: dict[str, Told] = dict(value) if kind == "record" else {}
            return {"type": "record", "value": [[name, _fit(named.get(name, {}), f)] for name, f in fields]}
        case Tuple(elements):
            parts = list(value) if kind == "tuple" else []
            parts += [{}] * len(elements)
            return {"type": "tuple", "value": [_fit(p, e) for p, e in zip(parts, elements, strict=False)]}
        case Flags(labels):
            return {"type": "flags", "value": [f for f in value if f in labels] if kind == "flags" else []}
        case EnumType(labels):
            return {"type": "enum", "value": value if kind == "enum" and value in labels else labels[0]}
        case Option(payload):
            return {"type": "option", "value": _fit(value, payload) if kind == "option" and value else None}
        case Variant(cases):
            return {"type": "variant", "value": _case(kind, value, dict(cases))}
        case Result(ok, error):
            ((case, inner),) = value.items() if kind == "result" else (("Ok", None),)
            t_inner = ok if case == "Ok" else error
            return {"type": "result", "value": {case: None if t_inner is None else _fit(inner or {}, t_inner)}}
        case Own() | Borrow() if not told:
            raise _NoConstant
    return told


def _case(kind: str | None, value: Any, cases: dict[str, ValType | None]) -> Told:
    label = value["case"] if kind == "variant" and value["case"] in cases else next(iter(cases))
    t = cases[label]
    payload = value.get("payload") if kind == "variant" and value["case"] == label else None
    return {"case": label} if t is None else {"case": label, "payload": _fit(payload or {}, t)}


def _plain(t: Prim) -> Any:
    return {"bool": False, "char": "a", "string": ""}.get(t.value, "0")

"""A case: one component, a list of calls, and what the reference says came of them.

Its stored form is a `.wast` file (`fuzz.script`): `to_wast` and `from_wast`. The hot loop never makes a `Case`; it runs
`fuzz.observe.Program`s straight from blueprints.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import msgspec

from fact.model.settings import Reentrance
from fact.model.types import FuncType
from fact.model.values import Value
from fuzz.outcome import Returned, Trapped
from fuzz.version import versions
from generators.blueprint import HostFunction, Signature
from generators.components import Rendered
from generators.families import AnyBlueprint, called_signatures, render
from generators.valtypes import model_type


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a case comes from and what it showed. *verdict*: lines that say what disagreed, for people; *reentrance*:
    what our engines were told of it (`fact.model.settings.Reentrance`)."""

    seed: int | None = None
    number: int | None = None
    versions: dict[str, str] = msgspec.field(default_factory=versions)
    features: tuple[str, ...] = ()
    verdict: tuple[str, ...] = ()
    reentrance: str = Reentrance.GUARDED.value


@dataclass(frozen=True, slots=True)
class Log:
    """What one guest log holds after a call: *count* entries; *entries* are those from index *first* on."""

    prefix: str
    count: int
    first: int
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of export *function* (parts of its path joined by `#`), and what should come of it.

    *expected* is None where nobody said. *type* has no result where a file expects a trap: it does not say which.
    """

    function: str
    type: FuncType
    args: tuple[Value, ...]
    expected: Returned | Trapped | None = None
    logs: tuple[Log, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """*text* is component text; *start_trap* what traps already in a start function (then no call can be made).

    The component exports `<prefix>-log-count`, `-log-entry` and `-log-digest` for each of *log_prefixes*.
    """

    text: str
    calls: tuple[Call, ...] = ()
    log_prefixes: tuple[str, ...] = ()
    host: tuple[HostFunction, ...] = ()
    start_trap: Trapped | None = None
    origin: Origin = field(default_factory=Origin)
    blueprint: AnyBlueprint | None = None

    def with_verdict(self, verdict: tuple[str, ...]) -> Case:
        return replace(self, origin=msgspec.structs.replace(self.origin, verdict=verdict))


def case_of(blueprint: AnyBlueprint, origin: Origin) -> Case:
    """The case that a blueprint describes; nothing is expected of its calls yet."""
    return case_rendered(blueprint, render(blueprint), origin)


def case_rendered(blueprint: AnyBlueprint, rendered: Rendered, origin: Origin) -> Case:
    """The same for a blueprint of which the text is at hand."""
    calls = tuple(
        Call(function, function_type(signature), args)
        for (function, args), signature in zip(rendered.calls, called_signatures(blueprint), strict=True)
    )
    return Case(rendered.text, calls, rendered.log_prefixes, blueprint.host, None, origin, blueprint)


def function_type(signature: Signature) -> FuncType:
    params = tuple((f"p{i}", model_type(t)) for i, t in enumerate(signature.params))
    return FuncType(params, None if signature.result is None else model_type(signature.result))

"""Cases that factfuzz generated: the blueprint in the header is reduced, and the script made of it anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import msgspec

from fact.model.settings import Reentrance
from fuzz.case import Origin
from fuzz.divergence import Divergence
from fuzz.engines.base import Engine
from fuzz.engines.isolated import IsolatedEngine
from fuzz.engines.limits import Limits
from fuzz.engines.native import NativeEngine
from fuzz.errors import UsageError
from fuzz.examine import Examination, by_name, examine, full_case
from fuzz.minimise.crashes import death_in
from fuzz.minimise.scripts.trial import Setting, engine_here
from fuzz.minimise.shrink import Shrunk, Test, reduce_from, size
from fuzz.script import to_wast
from fuzz.script_header import read_header
from fuzz.triage.signature import signature_of
from generators.families import AnyBlueprint


@dataclass(frozen=True, slots=True)
class Generated:
    """A case of our own: its *origin*, and what its blueprint shows at present."""

    blueprint: AnyBlueprint
    origin: Origin
    examined: Examination
    divergence: Divergence
    signature: str


def generated(path: Path, engines: Sequence[Engine]) -> Generated | None:
    """The case in a file; None if it is none of ours, or shows nothing when it is made of its blueprint again.

    Raises `UsageError`.
    """
    try:
        record, blueprint = read_header(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if blueprint is None:
        return None
    examined = examine(blueprint, by_name(engines))
    if examined.divergence is None or examined.program is None:
        return None
    return Generated(blueprint, record.origin, examined, examined.divergence, _sign(examined))


def _sign(examined: Examination) -> str:
    if (death := death_in(examined)) is not None:
        return death.signature
    return "" if examined.divergence is None else signature_of(examined.divergence, examined)


def reduced(
    case: Generated, engines: Sequence[Engine], reentrance: Reentrance, limits: Limits, seconds: float,
    stopped: Callable[[], bool], progress: Callable[[str], object], better: Callable[[str], object],
) -> str:
    """The smallest script found within the time; *better* is told of smaller ones on the way, now and then."""
    teller = _Teller(case, engines, progress, better)
    child = IsolatedEngine(NativeEngine, limits)
    names = tuple(engine.info.name for engine in engines)
    test: Test = lambda blueprint: child.call(_examined, blueprint, names, reentrance)  # noqa: E731
    if death_in(case.examined) is not None:
        test = lambda blueprint: examine(blueprint, by_name(engines))  # noqa: E731
    try:
        found = reduce_from(
            case.blueprint, case.signature, test, seconds, stopped, sign=_sign, improved=teller.improved)
    finally:
        child.close()
    return teller.script(case.examined if found is None else found.examination)


def _examined(blueprint: AnyBlueprint, names: Sequence[str], reentrance: Reentrance) -> Examination:
    """In the child."""
    return examine(blueprint, {name: engine_here(name, Setting(reentrance, None)) for name in names})


TOLD_SECONDS = 2.0


class _Teller:
    """Tells of progress, and of better scripts every few seconds."""

    def __init__(
        self, case: Generated, engines: Sequence[Engine], progress: Callable[[str], object],
        better: Callable[[str], object],
    ) -> None:
        self.case, self.engines, self.progress, self.better = case, engines, progress, better
        self.told = monotonic()

    def improved(self, found: Shrunk) -> None:
        calls, definitions, items, length = size(found.examination.blueprint)
        self.progress(f"blueprint: {calls} calls, {definitions} definitions, {items} items, {length} bytes; "
                      f"{found.tried} tried")
        if monotonic() > self.told + TOLD_SECONDS:
            self.told = monotonic()
            self.better(self.script(found.examination))

    def script(self, examined: Examination) -> str:
        origin = msgspec.structs.replace(self.case.origin, features=tuple(sorted(examined.features)))
        return to_wast(full_case(examined, by_name(self.engines), origin))

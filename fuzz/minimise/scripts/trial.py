"""Runs candidates: all engines in one process that may die, or in this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Protocol

from fact.link import Environment
from fact.model.settings import Reentrance
from fuzz.engines.base import NOTHING, Engine, EngineInfo, Loaded
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.isolated import IsolatedEngine
from fuzz.engines.limits import Limits
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine
from fuzz.minimise.scripts.observed import Saw, observe_script
from fuzz.wast import Script
from generators.blueprint import HostFunction

FUEL = 20_000_000
"""For each call: what is left of a loop may have no end."""

LOADED = 4
"""So many components stay compiled: candidates with fewer calls have the component of the one before."""


class Runner(Protocol):
    def run(self, name: str, script: Script, host: Sequence[HostFunction]) -> tuple[Saw, ...]:
        """Raises `fuzz.engines.base.EngineEnded`."""
        ...

    def be_patient(self, seconds: float) -> None:
        """How long a run may take from now on."""
        ...

    def close(self) -> None: ...


class HereRunner:
    """On these engines, in this process."""

    def __init__(self, engines: Mapping[str, Engine]) -> None:
        self.engines = engines

    def run(self, name: str, script: Script, host: Sequence[HostFunction]) -> tuple[Saw, ...]:
        return observe_script(script, self.engines[name], host)

    def be_patient(self, seconds: float) -> None:
        """Nobody ends what runs here."""

    def close(self) -> None:
        """Nothing to end."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What engines are told. *fuel* None: no bound."""

    reentrance: Reentrance
    fuel: int | None


class ChildRunner:
    """On the engines of these names in one process, which is replaced when it ends."""

    def __init__(self, setting: Setting, limits: Limits) -> None:
        self.setting = setting
        self._child = IsolatedEngine(NativeEngine, limits)

    def run(self, name: str, script: Script, host: Sequence[HostFunction]) -> tuple[Saw, ...]:
        return self._child.call(run_on, name, self.setting, script, tuple(host))

    def be_patient(self, seconds: float) -> None:
        self._child.limits = replace(self._child.limits, seconds=seconds)

    def close(self) -> None:
        self._child.close()


class IsolatedRunner(HereRunner):
    """Each engine in a process of its own, without a bound on fuel: as `factfuzz run` has them."""

    def __init__(self, setting: Setting, names: Sequence[str], limits: Limits) -> None:
        self.opened = [IsolatedEngine(maker(name, setting), limits) for name in names]
        super().__init__(dict(zip(names, self.opened, strict=True)))

    def close(self) -> None:
        for engine in self.opened:
            engine.close()


def run_on(name: str, setting: Setting, script: Script, host: Sequence[HostFunction]) -> tuple[Saw, ...]:
    """In the child."""
    return observe_script(script, engine_here(name, setting), host)


@lru_cache
def engine_here(name: str, setting: Setting) -> Engine:
    """One for as long as this process lasts."""
    return _Keeping(maker(name, setting)())


def maker(name: str, setting: Setting) -> Callable[[], Engine]:
    match name:
        case "native":
            return partial(NativeEngine, setting.fuel)
        case "compiled":
            return partial(CompiledEngine, setting.fuel, reentrance=setting.reentrance)
    return partial(ReferenceEngine, setting.fuel, reentrance=setting.reentrance)


class _Keeping:
    """An engine that keeps the components that it loaded last."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: dict[bytes, Loaded] = {}

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Loaded:
        if environment != NOTHING:
            return self._engine.load(binary, environment)
        if binary not in self._kept:
            loaded = self._engine.load(binary)
            if len(self._kept) >= LOADED:
                del self._kept[next(iter(self._kept))]
            self._kept[binary] = loaded
        return self._kept[binary]

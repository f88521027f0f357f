"""What a target is told: our own flags, which begin with `--`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fuzz.engines.names import NAMES, check_names
from fuzz.errors import UsageError
from fuzz.guided.flags import given, is_on

FEEDBACK = ("features", "branches", "python")
"""What libFuzzer can be told of: features of the reference, branches of adapters, lines of instrumented Python."""

PACKAGES = ("abi", "adapters", "decode", "link", "model", "run")
"""Of `fact`, what can be instrumented."""

REENTRANCE = ("guarded", "free")

FRESH = 0.5
"""The share of mutations that are a case of their own, made from nothing. As long as there is much to reach, a change
of a case seldom reaches as much as another case does."""


@dataclass(frozen=True, slots=True)
class Settings:
    """*packages* are instrumented (`fact.abi`); *fresh* as `FRESH`. *artifacts* is the beginning of paths. *alike*: a
    unit; divergences unlike the one it shows do not count, because libFuzzer is making it smaller. *own*: the arguments
    that say all this."""

    engines: tuple[str, ...] = NAMES
    reentrance: str = REENTRANCE[0]
    feedback: frozenset[str] = frozenset({"features", "branches"})
    packages: tuple[str, ...] = ()
    fresh: float = FRESH
    artifacts: str = "./"
    alike: Path | None = None
    own: tuple[str, ...] = ()


FLAGS = {
    "engine": f"A,B       engines, of {','.join(NAMES)}; all unless told otherwise",
    "reentrance": f"R     {' or '.join(REENTRANCE)}: whether a component may be entered while it runs",
    "feedback": f"A,B     what steers libFuzzer, of {','.join(FEEDBACK)}; or none",
    "instrument": f"A,B   packages of fact whose lines count, of {','.join(PACKAGES)}; or none",
    "fresh": f"SHARE      how many of the new cases are made from nothing, 0 to 1; {FRESH} unless told otherwise",
}
"""Those of ours, with what each takes and means."""

HELP = "\n".join(f"--{name}={text}" for name, text in FLAGS.items())


def is_ours(argument: str) -> bool:
    return argument.startswith("--")


def settings_of(args: Sequence[str], packages: Sequence[str] = (), feedback: Sequence[str] = FEEDBACK[:2]) -> Settings:
    """What *args* say, ours and libFuzzer's; *packages* (`fact.decode`) and *feedback* where they do not. Raises
    `UsageError`."""
    own = [arg for arg in args if is_ours(arg)]
    values = dict(_value(arg) for arg in own)
    engines = _names(values.get("engine", ",".join(NAMES)))
    check_names(engines)
    reentrance = values.get("reentrance", REENTRANCE[0])
    if reentrance not in REENTRANCE:
        raise UsageError(f"--reentrance={reentrance}: expected {' or '.join(REENTRANCE)}")
    fed = _some_of("feedback", values.get("feedback", ",".join(feedback)), FEEDBACK)
    if "instrument" in values:
        packages = [f"fact.{name}" for name in _some_of("instrument", values["instrument"], PACKAGES)]
    elif "python" in fed and not packages:
        packages = ("fact.abi", "fact.adapters", "fact.link")
    return Settings(
        engines=tuple(name for name in NAMES if name in engines), reentrance=reentrance, feedback=frozenset(fed),
        packages=tuple(packages), fresh=_share(values.get("fresh", str(FRESH))),
        artifacts=given(args, "artifact_prefix", "./"), alike=_made_smaller(args), own=tuple(own),
    )


def _value(argument: str) -> tuple[str, str]:
    name, equals, value = argument[2:].partition("=")
    if not equals or name not in FLAGS:
        raise UsageError(f"{argument}: unknown; there are {', '.join(f'--{flag}=' for flag in FLAGS)}")
    return name, value


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise UsageError(f"--fresh={text}: a share is expected, 0 to 1")
    return share


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _some_of(flag: str, text: str, known: Sequence[str]) -> list[str]:
    names = [] if text == "none" else _names(text)
    for name in names:
        if name not in known:
            raise UsageError(f"--{flag}={text}: {name!r} is unknown; there are {', '.join(known)}, or none")
    return names


def _made_smaller(args: Sequence[str]) -> Path | None:
    """The unit that libFuzzer is making smaller, in the process that looks for the next smaller one."""
    paths = [arg for arg in args if not arg.startswith("-")]
    return Path(paths[-1]) if paths and is_on(args, "minimize_crash_internal_step") else None

"""Whether known differences still show: the script of each is run on the reference and on the engine that differs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Literal, TypeAlias

from fact.model.settings import Reentrance
from fuzz.compare import kind
from fuzz.engines.reference import ReferenceEngine
from fuzz.engines.registry import open_isolated
from fuzz.minimise.crashes import death_of
from fuzz.outcome import Returned
from fuzz.script import reentrance_in_header
from fuzz.scripts import Action, Command, ScriptRun, run_script_on
from fuzz.triage.entries import DIRECTORY, KnownDifference, entries

State: TypeAlias = Literal["differs", "agrees", "not applicable"]
"""`agrees`: it no longer occurs. `not applicable`: the engine is not there or in another version, the setting for
reentrance is another, or the engine does not support what the script needs."""

ROOT = DIRECTORY.parents[1]
"""What the paths of entries are relative to."""


def check_known(
    engines: Sequence[str], versions: Mapping[str, str], reentrance: Reentrance,
    known: Sequence[KnownDifference] | None = None,
) -> list[tuple[KnownDifference, State]]:
    """Each entry of corpus/known, or of *known*, with whether it still shows; *engines* are those that take part, by
    name, *versions* theirs. Engines under test run in processes of their own. Raises `UsageError` for a script that is
    not there.
    """
    runs: dict[tuple[str, str], ScriptRun] = {}
    found: list[tuple[KnownDifference, State]] = []
    for k in entries() if known is None else known:
        if k.engine not in engines or not k.is_of(versions) or not k.is_under(reentrance.value):
            found.append((k, "not applicable"))
            continue
        if (k.case, k.engine) not in runs:
            runs[k.case, k.engine] = _run(ROOT / k.case, k.engine)
        found.append((k, _state(k, runs[k.case, k.engine])))
    return found


def _run(path: Path, engine: str) -> ScriptRun:
    """With the reference as it was when the script was made."""
    return run_script_on(path, [ReferenceEngine(reentrance=reentrance_in_header(path)), *open_isolated([engine])])


def _state(known: KnownDifference, run: ScriptRun) -> State:
    shown = (signature for command in run.commands for signature in _signatures(command, known.engine))
    if any(re.search(known.signature, signature) for signature in shown):
        return "differs"
    return "not applicable" if run.agrees and any(report.unsupported for report in run.reports) else "agrees"


def _signatures(command: Command, engine: str) -> Iterator[str]:
    """What a campaign might call the differences that a command of a script shows."""
    if not command.diverges:
        return
    for ours, theirs in zip_longest(command.actions["reference"], command.actions[engine]):
        if theirs is not None and (death := death_of(engine, theirs.outcome)) is not None:
            yield death.signature
        position = "instantiate" if ours is None or theirs is None else "call"
        yield f"{position} reference={_kind(ours)} | {engine}={_kind(theirs)}"
        if position == "call" and all(isinstance(action.outcome, Returned) for action in (ours, theirs)):
            yield f"log reference=log | {engine}=log"  # a script returns what guests log


def _kind(action: Action | None) -> str:
    """Of an action that is only noted if something is wrong, none means that nothing was."""
    return "accepted" if action is None else kind(action.outcome)

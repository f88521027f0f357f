"""`factfuzz known`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fuzz.commands.options import (
    engine_option,
    json_option,
    names_of,
    print_json,
    reentrance_of,
    reentrance_option,
)

if TYPE_CHECKING:
    from fuzz.triage.entries import KnownDifference

_STATES = {"differs": "still differs", "agrees": "no longer occurs", "not applicable": "not applicable here"}


@click.command("known")
@click.option("--check", is_flag=True, help="Run the script of each on the engine, and tell whether it still differs.")
@engine_option()
@reentrance_option()
@json_option()
def known_command(check: bool, engines: str, reentrance: str | None, as_json: bool) -> int:
    """Differences between engines that are known: what campaigns do not tell as findings.

    With --check, exit status 1 if one no longer occurs.
    """
    from fuzz.engines.names import check_names
    from fuzz.triage.entries import entries

    names = names_of(engines)
    check_names(names)
    listed = [k for k in entries() if k.engine in names and (reentrance is None or k.is_under(reentrance))]
    states: dict[str, str] = {}
    if check:
        from fuzz.engines.registry import open_engines
        from fuzz.triage.known import check_known

        versions = {engine.info.name: engine.info.version for engine in open_engines(names)}
        states = {k.id: state for k, state in check_known(names, versions, reentrance_of(reentrance), listed)}
    if as_json:
        print_json([_data(k, states.get(k.id)) for k in listed])
    else:
        for k in listed:
            click.echo("\n".join(_lines(k, states.get(k.id))))
        click.echo(_summary(listed, states))
    return 1 if "agrees" in states.values() else 0


def _lines(k: KnownDifference, state: str | None) -> list[str]:
    setting = f", --reentrance {k.reentrance}" if k.reentrance else ""
    told = "" if state is None else f": {_STATES[state]}"
    return [
        f"{k.id}{told}", f"  {k.title}", f"  {k.verdict}; {k.engine} {', '.join(v + '*' for v in k.versions)}{setting}",
        f"  {k.section}", f"  {k.case}", *([f"  {k.link}"] if k.link else []),
    ]


def _summary(listed: list[KnownDifference], states: dict[str, str]) -> str:
    counted = [f"{list(states.values()).count(state)} {words}" for state, words in _STATES.items()]
    return f"{len(listed)} known" + (f": {', '.join(counted)}" if states else "")


def _data(k: KnownDifference, state: str | None) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": k.id, "title": k.title, "verdict": k.verdict, "engine": k.engine, "versions": list(k.versions),
        "reentrance": k.reentrance or None, "section": k.section, "case": k.case, "link": k.link or None,
        "signature": k.signature, "features": list(k.features), "note": " ".join(k.note.split()),
    }
    return data if state is None else data | {"state": state}

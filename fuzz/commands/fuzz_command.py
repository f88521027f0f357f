"""`factfuzz fuzz`."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from fact.model.settings import Reentrance
from fuzz.commands.options import (
    ALL_ENGINES,
    json_option,
    names_of,
    parse_duration,
    parse_size,
    reentrance_option,
)
from fuzz.engines.names import NAMES, check_names


@click.command("fuzz")
@click.option("--time", "time", metavar="60s", help="How long; 60s when --cases is not given either.")
@click.option("--cases", type=click.IntRange(min=0), help="How many cases, those of earlier sessions included.")
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), help="The same seed makes the same cases.")
@click.option("--workers", type=click.IntRange(min=1), help="Worker processes; one a core by default.")
@click.option("--timeout", type=float, default=20.0, show_default=True, help="Seconds for one case.")
@click.option("--memory", default="2g", show_default=True, help="What a worker may use of it.")
@click.option("--out", type=click.Path(path_type=Path),
              help="Directory of the campaign; one that is there goes on where it ended, with its seed, engines and "
                   "setting for reentrance unless told otherwise.  [default: factfuzz-out/seed-SEED]")
@click.option("--engine", "engines", metavar="A,B",
              help=f"Engines, separated by commas.  [default: {ALL_ENGINES}]")
@reentrance_option()
@json_option()
@click.option("--json-events", is_flag=True, help="One JSON event a line on stdout.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="The findings as JUnit XML, at the end.")
def fuzz_command(
    time: str | None, cases: int | None, seed: int | None, workers: int | None, timeout: float, memory: str,
    out: Path | None, engines: str | None, reentrance: str | None, as_json: bool, json_events: bool, junit: Path | None,
) -> int:
    """Run generated cases on all engines; write every disagreement, minimised, as a .wast file."""
    from fuzz.campaign import CampaignConfig, run_campaign
    from fuzz.campaign.config import available_cores
    from fuzz.campaign.live import LiveView
    from fuzz.campaign.resuming import last_run
    from fuzz.campaign.views import choose_view
    from fuzz.store.directory import has_index

    before = last_run(out)
    names = list(before.names) if engines is None and before is not None else names_of(engines or ALL_ENGINES)
    check_names(names)
    if seed is None:
        seed = secrets.randbits(32) if before is None else before.seed
    if reentrance is None and before is not None:
        reentrance = before.reentrance
    config = CampaignConfig(
        seed=seed,
        engines=tuple(name for name in NAMES if name in names),
        cases=cases,
        seconds=60.0 if time is None and cases is None else None if time is None else parse_duration(time),
        workers=workers or available_cores(),
        out=out,
        case_timeout=timeout,
        memory=parse_size(memory),
        reentrance=Reentrance.GUARDED if reentrance is None else Reentrance(reentrance),
    )
    view = choose_view(as_json=as_json, json_events=json_events)
    try:
        status = run_campaign(config, view).exit_status
    finally:
        if isinstance(view, LiveView):
            view.close()
    if junit is not None and has_index(config.directory):
        _write_junit(config.directory, junit)
    return status


def _write_junit(directory: Path, path: Path) -> None:
    from fuzz.report.junit import write_junit
    from fuzz.store.store import Store

    with Store.reading(directory) as store:
        write_junit(store, [directory], path)

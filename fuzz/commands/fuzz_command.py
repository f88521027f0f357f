"""`factfuzz fuzz`."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from fuzz.commands.options import (
    engine_option,
    json_option,
    names_of,
    parse_duration,
    reentrance_of,
    reentrance_option,
)


@click.command("fuzz")
@click.option("--time", "time", metavar="60s", help="How long; 60s when --cases is not given either.")
@click.option("--cases", type=click.IntRange(min=0), help="How many cases.")
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), help="The same seed makes the same cases.")
@click.option("--workers", type=click.IntRange(min=1), help="Worker processes; one a core by default.")
@click.option("--timeout", type=float, default=20.0, show_default=True, help="Seconds for one case.")
@click.option("--out", type=click.Path(path_type=Path),
              help="Directory for findings.  [default: factfuzz-out/seed-SEED]")
@engine_option()
@reentrance_option()
@json_option()
@click.option("--json-events", is_flag=True, help="One JSON event a line on stdout.")
def fuzz_command(
    time: str | None, cases: int | None, seed: int | None, workers: int | None, timeout: float, out: Path | None,
    engines: str, reentrance: str | None, as_json: bool, json_events: bool,
) -> int:
    """Run generated cases on all engines; write every disagreement, shrunk, as a .wast file."""
    from fuzz.campaign import CampaignConfig, run_campaign
    from fuzz.campaign.config import available_cores
    from fuzz.campaign.live import LiveView
    from fuzz.campaign.views import choose_view
    from fuzz.engines.registry import ENGINES, check_names

    names = names_of(engines)
    check_names(names)
    seconds = 60.0 if time is None and cases is None else None if time is None else parse_duration(time)
    config = CampaignConfig(
        seed=secrets.randbits(32) if seed is None else seed,
        engines=tuple(name for name in ENGINES if name in names),
        cases=cases,
        seconds=seconds,
        workers=workers or available_cores(),
        out=out,
        case_timeout=timeout,
        reentrance=reentrance_of(reentrance),
    )
    view = choose_view(as_json=as_json, json_events=json_events)
    try:
        return run_campaign(config, view).exit_status
    finally:
        if isinstance(view, LiveView):
            view.close()

"""Which way of making cases reaches more features, and finds more planted faults, in equal CPU time.

    python tests/bench/guidance.py run --trials 10 --seconds 300 --out DIR
    python tests/bench/guidance.py table DIR

`run` goes on where it stopped; a trial that was killed begins again. Trials look for planted faults with the reference
and the compiled engine; wasmtime's component model takes no part, as it would cost each arm the same.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
"""A trial runs the tree that this file is in, whatever else is installed."""

ARMS = ("random", "swarm", "features", "coverage")
INSTRUMENTED = {"features": (), "coverage": ("fact.abi",)}
"""What pays, and hardly slows looking for faults: chosen beforehand on a seed that no trial uses (9004). After 50 s, in
which no faults were looked for, fact.abi alone had led to 1,189 features (18 cases/s), with fact.adapters and fact.link
to 1,116 (14 cases/s)."""


@click.group(help=(__doc__ or "").partition("\n")[0])
def main() -> None:
    pass


@main.command("trial")
@click.option("--arm", type=click.Choice(ARMS), required=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--seconds", default=300.0, show_default=True, help="Of CPU time.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
def trial_command(arm: str, seed: int, seconds: float, out: Path) -> None:
    """Runs one trial, and writes OUT/ARM-SEED.json."""
    from fuzz.guided.libfuzzer import instrumented

    out.mkdir(parents=True, exist_ok=True)
    with instrumented(INSTRUMENTED.get(arm, ())):
        from guidance_arms import run_trial
    run_trial(arm, seed, seconds, out)


@main.command("run")
@click.option("--trials", default=10, show_default=True, help="For each arm; their seeds are 1, 2, ...")
@click.option("--seconds", default=300.0, show_default=True, help="Of CPU time, for each trial.")
@click.option("--arms", default=",".join(ARMS), show_default=True)
@click.option("--parallel", default=2, show_default=True, help="Trials at a time.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
def run_command(trials: int, seconds: float, arms: str, parallel: int, out: Path) -> None:
    """Runs the trials that OUT does not have yet."""
    from guidance_driver import run_all, starting

    names = arms.split(",")
    if unknown := [name for name in names if name not in ARMS]:
        raise click.UsageError(f"no arm is named {unknown[0]!r}; arms are {', '.join(ARMS)}")
    given_up = run_all(names, trials, out, parallel, starting(seconds), lambda line: click.echo(line, err=True))
    for arm, seed in given_up:
        click.echo(f"given up: {arm} {seed}", err=True)
    sys.exit(1 if given_up else 0)


@main.command("table")
@click.argument("directory", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--arms", default=",".join(ARMS), show_default=True, help="Those to compare, in this order.")
@click.option("--markdown", "form", flag_value="markdown")
@click.option("--json", "form", flag_value="json")
@click.option("--without-looking", is_flag=True, help="On a clock that stands still while faults are looked for.")
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the curves.")
def table_command(directory: Path, arms: str, form: str | None, without_looking: bool, svg: Path | None) -> None:
    """Medians, tests of each pair of arms, curves, of the trials in DIRECTORY that are done."""
    from guidance_stats import by_arm
    from guidance_stats import without_looking as stopped
    from guidance_table import as_json, as_markdown, as_svg, as_text
    from guidance_trial import read_trials

    try:
        found = by_arm([trial for trial in read_trials(directory) if trial.arm in arms.split(",")], arms.split(","))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if not found:
        raise click.UsageError(f"{directory}: no trial of {arms} is done")
    if len(lengths := sorted({trial.seconds for trials in found.values() for trial in trials})) > 1:
        raise click.UsageError(f"{directory}: trials of {', '.join(f'{n:g}' for n in lengths)} seconds: not comparable")
    if without_looking:
        found = by_arm(stopped([trial for trials in found.values() for trial in trials]))
    if svg is not None:
        svg.write_text(as_svg(found))
    forms = {"json": as_json, "markdown": as_markdown}
    click.echo(forms.get(form or "", as_text)(found), nl=False)
    if without_looking and form != "json":
        click.echo("\nThe clock stood still while faults were looked for.")


if __name__ == "__main__":
    main()

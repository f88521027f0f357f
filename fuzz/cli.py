"""The `factfuzz` command. Thin: each subcommand reads its options, calls one room, prints, and gives an exit status.

0: all engines agree, everything passes. 1: a divergence or a failure. 2: bad usage or input, one line on stderr.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from fact.model.settings import Reentrance
from fuzz.engines.base import Engine
from fuzz.errors import UsageError
from fuzz.version import factfuzz_version

ALL_ENGINES = "reference,compiled,native"


def main(args: Sequence[str] | None = None) -> None:
    """Runs the command and exits with its status."""
    sys.exit(run(args))


def run(args: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    try:
        return int(cli.main(args=args, prog_name="factfuzz", standalone_mode=False) or 0)
    except UsageError as error:
        return _refuse(str(error))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.ClickException as error:
        return _refuse(error.format_message())
    except click.exceptions.Exit as request:
        return request.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("factfuzz: interrupted", err=True)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def _refuse(message: str) -> int:
    """One line on stderr; the status of bad usage or input."""
    line = " ".join(message.split())
    click.echo(f"factfuzz: {''.join(c if c.isprintable() else repr(c)[1:-1] for c in line)}", err=True)
    return 2


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(factfuzz_version(), prog_name="factfuzz")
def cli() -> None:
    """A differential fuzzer for the WebAssembly component model's canonical ABI."""


Command = TypeVar("Command", bound=Callable[..., Any])


def engine_option() -> Callable[[Command], Command]:
    return click.option(
        "--engine", "engines", default=ALL_ENGINES, show_default=True, metavar="A,B",
        help="Engines, separated by commas.",
    )


def reentrance_option() -> Callable[[Command], Command]:
    return click.option(
        "--reentrance", type=click.Choice([r.value for r in Reentrance]),
        help="Whether a component may be entered while it runs, on reference and compiled. guarded: as in "
             "CanonicalABI.md of August 2026, Store.lift traps; free: it may, with WebAssembly/component-model#705.  "
             "[default: what a case says that factfuzz made, else guarded]",
    )


def json_option() -> Callable[[Command], Command]:
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


def _reentrance(name: str | None, script: Path | None = None) -> Reentrance:
    """The setting of that *name*; without one, what the header of *script* says."""
    from fuzz.script import reentrance_in_header

    if name is None and script is not None:
        return reentrance_in_header(script)
    return Reentrance.GUARDED if name is None else Reentrance(name)


def _names(engines: str) -> list[str]:
    return [name.strip() for name in engines.split(",") if name.strip()]


def _print_json(document: Any) -> None:
    click.echo(json.dumps(document, indent=1, ensure_ascii=False))


# -- run


@cli.command("run")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--invoke", "invocations", multiple=True, metavar="'NAME(ARGS)'",
              help="A call in WAVE syntax, or @FILE with one; instance#name for an export of an instance. May be "
                   "repeated: all go to one instance. 'drop #1': the host drops the first handle it was given.")
@click.option("--host", "host", multiple=True, metavar="NAME=VALUE", help="What a host import returns.")
@engine_option()
@reentrance_option()
@json_option()
def run_command(
    file: Path, invocations: tuple[str, ...], host: tuple[str, ...], engines: str, reentrance: str | None, as_json: bool
) -> int:
    """Run a component (.wasm, .wat) or a case (.wast) on several engines and compare."""
    from fuzz.engines.registry import open_isolated

    if file.suffix == ".wast":
        if invocations or host:
            raise UsageError(f"{file}: a script makes its own calls; --invoke and --host are for components")
        return _run_script(file, open_isolated(_names(engines), _reentrance(reentrance, file)), as_json)
    opened = open_isolated(_names(engines), _reentrance(reentrance))
    from fuzz.inputs import read_component
    from fuzz.invocations import misuse, report_data, report_lines, run_invocations, took_part_in

    report = run_invocations(read_component(file), str(file), invocations, host, opened)
    if as_json:
        _print_json(report_data(report))
    else:
        click.echo("\n".join(report_lines(report)))
    if (wrong := misuse(report)) is not None:
        raise UsageError(wrong)
    if not took_part_in(report):
        return 2
    return 0 if report.divergence is None else 1


def _run_script(file: Path, engines: Sequence[Engine], as_json: bool) -> int:
    from fuzz.scripts import run_data, run_lines, run_script_on

    ran = run_script_on(file, engines)
    if as_json:
        _print_json(run_data(ran))
    else:
        click.echo("\n".join(run_lines(ran)))
    return 0 if ran.ok else 1


# -- wast


@cli.command("wast")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--explained", "explained", type=click.Path(path_type=Path), metavar="FILE",
              help="A TOML file that says of known failures why it is not the engine that is wrong.")
@engine_option()
@reentrance_option()
@json_option()
def wast_command(
    paths: tuple[Path, ...], explained: Path | None, engines: str, reentrance: str | None, as_json: bool
) -> int:
    """Run wast scripts (files, or folders of them) on one engine or several."""
    from fuzz.engines.registry import open_isolated
    from fuzz.scripts import report_on
    from fuzz.wast import ScriptError, load_script, script_paths
    from fuzz.wast.explained import load_explanations, why_unreadable
    from fuzz.wast.features import gated_features
    from fuzz.wast.summary import file_lines, report_data, table, totals, totals_data

    open_isolated(names := _names(engines))
    explanations = load_explanations(explained) if explained is not None else ()
    reports, unreadable, gated = [], [], {}
    files = script_paths(paths)
    for path in files:
        try:
            script = load_script(path)
        except ScriptError as error:
            if len(files) == 1:
                raise
            why = why_unreadable(explanations, str(path))
            unreadable.append({"path": str(path), "error": str(error), "explained": why})
            if not as_json:
                click.echo(f"FAIL {error}" if why is None else f"     {error}; explained: {why}")
            continue
        if needed := gated_features(script):
            gated[script.path] = sorted(needed)
        for engine in open_isolated(names, _reentrance(reentrance, path)):
            reports.append(report_on(script, engine, explanations))
            if not as_json:
                click.echo("\n".join(file_lines(reports[-1])))
    columns = [totals(reports, name, frozenset(gated)) for name in names]
    if as_json:
        data = {"files": [report_data(r) for r in reports], "unreadable": unreadable, "gated": gated,
                "totals": {column.engine: totals_data(column) for column in columns}}
        _print_json(data)
    else:
        click.echo("\n".join(["", *table(columns, len(unreadable))]))
    return 0 if all(r.ok for r in reports) and all(u["explained"] for u in unreadable) else 1


# -- compile


@cli.command("compile")
@click.argument("component", type=click.Path(path_type=Path))
@click.option("-o", "--output", "directory", required=True, type=click.Path(path_type=Path),
              help="Directory to write to.")
@reentrance_option()
@json_option()
def compile_command(component: Path, directory: Path, reentrance: str | None, as_json: bool) -> int:
    """Write a component's plan and its core modules; adapter modules as commented .wat too."""
    from fact.adapters import compile_adapters
    from fuzz.emit import write_compiled
    from fuzz.inputs import read_component
    from fuzz.invocations import plan_for

    plan = plan_for(read_component(component), str(component))
    written = write_compiled(plan, compile_adapters(plan, reentrance=_reentrance(reentrance)), directory)
    if as_json:
        _print_json({"directory": str(directory), "files": [{"name": w.name, "bytes": w.size} for w in written]})
    else:
        for w in written:
            click.echo(f"{directory / w.name}  {w.size} bytes")
    return 0


# -- engines


@cli.command("engines")
@json_option()
def engines_command(as_json: bool) -> int:
    """The engines that are here, their versions and what each supports."""
    from fuzz.engines.registry import open_engines

    infos = [engine.info for engine in open_engines()]
    if as_json:
        _print_json([
            {"name": i.name, "version": i.version, "description": i.description, "supports": list(i.supports)}
            for i in infos
        ])
        return 0
    for i in infos:
        click.echo(f"{i.name:10} {i.version:8} {i.description}")
        click.echo(click.wrap_text("; ".join(i.supports), width=100, initial_indent="    ", subsequent_indent="    "))
    return 0


# -- features


@cli.command("features")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH...]")
@click.option("--group", "names", multiple=True, metavar="GROUP", help="Only this group; may be repeated.")
@click.option("--missing", is_flag=True, help="Only features that were never seen.")
@json_option()
def features_command(paths: tuple[Path, ...], names: tuple[str, ...], missing: bool, as_json: bool) -> int:
    """What cases can exercise; with paths, what was seen and what never.

    A PATH is the directory of a campaign, a .wast script, or a directory of scripts, which are run on the reference;
    several are added up.
    """
    from rich.console import Console

    from fuzz.coverage.possible import POSSIBLE
    from fuzz.coverage.report import data, groups_named, parts
    from fuzz.coverage.seen import add_up, sources

    groups = groups_named(names)
    if missing and not paths:
        raise UsageError("--missing: what is missing is told of campaigns or scripts, and no path is given")
    seen, unreadable = None, list[str]()
    if paths:
        found = sources(paths)
        with _progress(len(found.scripts)) as announce:
            seen, unreadable = add_up(found, POSSIBLE, announce)
    if as_json:
        _print_json(data(groups, seen, missing, unreadable))
        return 0
    console = Console(width=None if sys.stdout.isatty() else 120)
    for part in parts(groups, seen, missing, unreadable):
        console.print(part)
    return 0


@contextlib.contextmanager
def _progress(scripts: int) -> Iterator[Callable[[Path], object]]:
    """Shows on stderr which of so many scripts is run: in one place on a terminal, else not at all."""
    from rich.console import Console

    console = Console(stderr=True)
    count = 0
    if not (scripts and console.is_terminal):
        yield lambda _: None
        return

    with console.status("") as status:
        def announce(path: Path) -> None:
            nonlocal count
            count += 1
            status.update(f"script {count} of {scripts}: {path.name}")

        yield announce


# -- fuzz


_UNITS = {"": 1.0, "ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def parse_duration(text: str) -> float:
    """`90`, `60s`, `1.5h`, `1h30m` as seconds; `UsageError` otherwise."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|min|[smhd]|)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise UsageError(f"--time {text!r}: expected a duration such as 60s, 15m or 1h30m")
    return float(sum(float(number) * _UNITS[unit] for number, unit in parts))


@cli.command("fuzz")
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

    names = _names(engines)
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
        reentrance=_reentrance(reentrance),
    )
    view = choose_view(as_json=as_json, json_events=json_events)
    try:
        return run_campaign(config, view).exit_status
    finally:
        if isinstance(view, LiveView):
            view.close()

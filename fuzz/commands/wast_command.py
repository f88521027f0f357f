"""`factfuzz wast`."""

from __future__ import annotations

from pathlib import Path

import click

from fuzz.commands.options import (
    engine_option,
    json_option,
    names_of,
    print_json,
    reentrance_of,
    reentrance_option,
)


@click.command("wast")
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

    open_isolated(names := names_of(engines))
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
        for engine in open_isolated(names, reentrance_of(reentrance, path)):
            reports.append(report_on(script, engine, explanations))
            if not as_json:
                click.echo("\n".join(file_lines(reports[-1])))
    columns = [totals(reports, name, frozenset(gated)) for name in names]
    if as_json:
        data = {"files": [report_data(r) for r in reports], "unreadable": unreadable, "gated": gated,
                "totals": {column.engine: totals_data(column) for column in columns}}
        print_json(data)
    else:
        click.echo("\n".join(["", *table(columns, len(unreadable))]))
    return 0 if all(r.ok for r in reports) and all(u["explained"] for u in unreadable) else 1

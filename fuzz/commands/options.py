"""What several commands share: options, and how they print."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from fact.model.settings import Reentrance
from fuzz.errors import UsageError

ALL_ENGINES = "reference,compiled,native"
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


def reentrance_of(name: str | None, script: Path | None = None) -> Reentrance:
    """The setting of that *name*; without one, what the header of *script* says."""
    from fuzz.script import reentrance_in_header

    if name is None and script is not None:
        return reentrance_in_header(script)
    return Reentrance.GUARDED if name is None else Reentrance(name)


_BYTES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def parse_size(text: str) -> int:
    """`512m`, `2g`, `1.5GiB` as bytes; `UsageError` otherwise."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?", text.strip().lower())
    if match is None:
        raise UsageError(f"--memory {text!r}: expected a size such as 512m or 2g")
    return int(float(match[1]) * _BYTES[match[2]])


def names_of(engines: str) -> list[str]:
    return [name.strip() for name in engines.split(",") if name.strip()]


def print_json(document: Any) -> None:
    """Without characters that a terminal may obey."""
    from fuzz.views.safe import safe_json

    click.echo(safe_json(json.dumps(document, indent=1, ensure_ascii=False)))


_UNITS = {"": 1.0, "ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def parse_duration(text: str, option: str = "--time") -> float:
    """`90`, `60s`, `1.5h`, `1h30m` as seconds; `UsageError` otherwise."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|min|[smhd]|)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise UsageError(f"{option} {text!r}: expected a duration such as 60s, 15m or 1h30m")
    return float(sum(float(number) * _UNITS[unit] for number, unit in parts))

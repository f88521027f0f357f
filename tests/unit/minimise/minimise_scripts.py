"""What the tests of `factfuzz minimize` share."""

from __future__ import annotations

from pathlib import Path

from wasmtime import wat2wasm

from fuzz.minimise.scripts.model import without_name
from fuzz.minimise.scripts.naming import named
from fuzz.minimise.scripts.tree import Tree, read

ROOT = Path(__file__).parents[3]
FINDINGS, COMPONENTS, WAST = ROOT / "corpus" / "findings", ROOT / "tests" / "components", ROOT / "tests" / "wast"


def script(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "case.wast"
    path.write_text(text, encoding="utf-8")
    return path


def finding(name: str) -> str:
    return (FINDINGS / f"{name}.wast").read_text(encoding="utf-8")


def definition(script: str) -> Tree:
    """The first component of a script, without its name."""
    return without_name(read(script)[0])


def buried(script: str, below: str, copies: int) -> str:
    """The first component of *script* with copies of component *below* inside of it, each instantiated, before and
    behind what is its own."""
    inner = "".join(n.text for n in without_name(read(below)[0])[1:] if isinstance(n, Tree))
    around = [f"(component $other{i} {inner}) (instance (instantiate $other{i}))" for i in range(copies)]
    own = "".join(n.text for n in definition(script)[1:] if isinstance(n, Tree))
    half = copies // 2
    return f"(component {' '.join(around[:half])} {own} {' '.join(around[half:])})"


def named_component(text: str) -> Tree:
    """A component with unique names."""
    return without_name(named(bytes(wat2wasm(text))))

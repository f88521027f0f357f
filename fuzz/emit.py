"""`factfuzz compile`: a component's plan and every core module, on disk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from wasmtime import wat2wasm

from fact.link.describe import plan_text
from fact.link.plan_json import plan_data
from fact.model.plan import BUILTINS, CompiledAdapterModule, Plan
from fuzz.errors import UsageError


@dataclass(frozen=True, slots=True)
class Written:
    name: str
    size: int


def write_compiled(plan: Plan, adapters: tuple[CompiledAdapterModule, ...], directory: Path) -> list[Written]:
    """Writes plan.json, plan.txt, module-N.wasm, adapter-N.wat and adapter-N.wasm, the same for the module of the
    built-ins if there is one, support-NAME.wat for each support module that these lean on; replaces files so named.

    Raises `UsageError` when the directory cannot be written to.
    """
    files: dict[str, bytes] = {
        "plan.txt": plan_text(plan, adapters).encode(),
        "plan.json": (json.dumps(plan_data(plan, adapters), indent=1) + "\n").encode(),
    }
    for number, module in enumerate(plan.modules):
        files[f"module-{number}.wasm"] = module.binary
    for adapter in adapters:
        name = "builtins" if adapter.index == BUILTINS else f"adapter-{adapter.index}"
        files[f"{name}.wat"] = adapter.wat.encode()
        files[f"{name}.wasm"] = bytes(wat2wasm(adapter.wat))
        for support in adapter.support:
            files[f"support-{support.name}.wat"] = support.wat.encode()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (directory / name).write_bytes(content)
    except OSError as error:
        raise UsageError(f"{directory}: cannot be written to: {error.strerror}") from None
    return [Written(name, len(content)) for name, content in files.items()]

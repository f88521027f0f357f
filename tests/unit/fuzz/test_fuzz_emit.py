"""What `factfuzz compile` leaves on disk."""

from __future__ import annotations

import json
from pathlib import Path

from wasmtime import wat2wasm

from fact.decode import decode
from fact.link import link, partition
from fact.model.plan import CompiledAdapterModule, InstanceExport, ScratchMemory, SupportModule
from fact.model.syntax import Sort
from fuzz.emit import write_compiled

TEXT = """(component
  (component $A (core module $m (memory (export "mem") i64 1) (func (export "f") (result i32) (i32.const 1)))
    (core instance $i (instantiate $m)) (func (export "f") (result u8) (canon lift (core func $i "f"))))
  (instance $a (instantiate $A))
  (core func $l (canon lower (func $a "f")))
  (core module $m (import "" "f" (func (result i32))))
  (core instance (instantiate $m (with "" (instance (export "f" (func $l)))))))"""


def test_support_modules_are_written_and_named_beside_the_adapters_that_lean_on_them(tmp_path: Path) -> None:
    plan = partition(link(decode(bytes(wat2wasm(TEXT)))))
    memories = InstanceExport(0, "mem", Sort.CORE_MEMORY), ScratchMemory(-1, "scratch", Sort.CORE_MEMORY)
    support = SupportModule("copy.i64.i32", "(module (; copies ;))", memories)
    written = write_compiled(plan, (CompiledAdapterModule(0, "(module)", (), (), (support,)),), tmp_path)
    assert (tmp_path / "support-copy.i64.i32.wat").read_text() == "(module (; copies ;))"
    assert "support-copy.i64.i32.wat" in {file.name for file in written}
    assert 'leans on support module copy.i64.i32, over memory "mem" of root.a.i, the memory of scratch' in (
        tmp_path / "plan.txt"
    ).read_text()
    (module,) = json.loads((tmp_path / "plan.json").read_text())["adapter_modules"]
    assert module["support"] == [
        {
            "name": "copy.i64.i32",
            "text": "support-copy.i64.i32.wat",
            "memories": [
                {"core_instance": 0, "name": "mem", "sort": "core memory"},
                {"support": "scratch", "sort": "core memory"},
            ],
        }
    ]

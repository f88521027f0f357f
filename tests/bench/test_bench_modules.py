"""Families of components: how many adapter modules they take, beside wasmtime's number."""

from __future__ import annotations

import pytest
from bench_graphs import FAMILIES
from bench_modules import Modules, modules
from bench_runner import no_imports
from wasmtime import wat2wasm

from fact.adapters import compile_adapters
from fact.decode import decode
from fact.link import link, partition
from fact.model.values import Value
from fact.run import prepare_compiled, prepare_reference

ONE_BEFORE_AS_WELL = {"n clients of one server": 1}
"""Modules that it took before any step moved, where it was not one for each adapter."""


@pytest.fixture(scope="module")
def small() -> list[Modules]:
    return modules((2, 8))


def test_one_or_two_wherever_the_order_allows_and_never_more_than_wasmtime(small: list[Modules]) -> None:
    assert len(small) == 2 * len(FAMILIES)
    for row in small:
        adapters = row.n + (row.family == "n used early, one lowered late")
        needed = row.n if row.family == "chain, direct imports" else 1
        fixed = ONE_BEFORE_AS_WELL.get(row.family, adapters)
        assert row == Modules(row.family, row.n, adapters, fixed, needed, fixed)
        assert row.ours <= row.native


@pytest.mark.parametrize("family", FAMILIES)
def test_they_run(family: str) -> None:
    """A chain adds one a link; each client of a star adds one."""
    plan = partition(link(decode(bytes(wat2wasm(FAMILIES[family](3))))))
    takes_text = len(plan.lifts[0].type.params) == 2
    args: list[Value] = [40, "é"] if takes_text else [40]
    for prepared in (prepare_reference(plan), prepare_compiled(plan, compile_adapters(plan))):
        instance = prepared.instantiate(no_imports)
        found = [instance.invoke(name, args) for name in plan.function_exports()]
        if family.startswith("chain"):
            assert found == [43 + 2 * takes_text]
        elif family == "n used early, one lowered late":
            assert found == [45] * 3
        else:
            assert found == [41 + 2 * takes_text] * 3

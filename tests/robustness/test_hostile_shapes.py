"""Small inputs that stand for huge things are refused, or done, in bounded time and memory, and never by chance.

None is validated first: whoever calls decode and link on bytes from anywhere gets errors of `fact.errors`.
"""

from __future__ import annotations

import hostile_shapes as shapes
import pytest
from judging import Listed, Verdict, verdicts

REFUSED: dict[str, tuple[bytes, str]] = {
    "2^40 component instances": (shapes.doubling_components(40), "Unsupported"),
    "2^40 core instances": (shapes.doubling_core_instances(40), "Unsupported"),
    "components 1,000 deep": (shapes.nested(1000), "Unsupported"),
    "instance types 1,000 deep": (shapes.deep_types(1000), "Unsupported"),
    "an import of 2^40 functions": (shapes.doubling_instance_types(40), "Unsupported"),
    "2^40 exports": (shapes.doubling_exports(40), "Unsupported"),
    "a tuple of 2^60 values for the host": (shapes.function_of(*shapes.doubling(60)), "Unsupported"),
    "a tuple of 2^60 values between components": (shapes.pair_of(*shapes.doubling(60)), "Unsupported"),
    "lists of two lists, 60 deep": (shapes.pair_of(*shapes.doubled_lists(60)), "Unsupported"),
    "an option of an option, 100,000 deep": (shapes.pair_of(*shapes.chain(100_000)), "Unsupported"),
    "the same, for the host": (shapes.function_of(*shapes.chain(100_000)), "Unsupported"),
    "fixed-length lists of (2^32)^50 values": (shapes.pair_of(*shapes.arrays(50)), "Unsupported"),
    "the same list, for the host": (shapes.function_of(*shapes.arrays(50)), "Unsupported"),
    "10,000 instances of 100,000 definitions": (shapes.often(10_000, 100_000), "Unsupported"),
    "10,000 core instances with 20,000 imports": (shapes.often_with_imports(9_000, 20_000), "Unsupported"),
    "an alias 2^32 - 1 scopes outwards": (shapes.outer_alias(0xFFFFFFFF), "LinkError"),
    **{f"2^32 - 1 definitions in section {n}": (shapes.huge_count(n), "Malformed") for n in (2, 3, 5, 6, 7, 8, 10, 11)},
    **{f"2^32 - 1 elements, {i}": (binary, "Malformed") for i, binary in enumerate(shapes.huge_inner_counts())},
}
DONE = {
    "9,000 core instances with 20,000 exports": shapes.often_with_exports(9_000, 20_000),
    "9,000 names of 60,000 characters": shapes.long_names(9_000, 60_000),
    "names that collide": shapes.names_that_collide(1_200),
    "100,000 exports": shapes.many_exports(100_000),
    "a record of 10,000 fields": shapes.pair_of(*shapes.many_fields(10_000)),
    "a variant of 10,000 cases": shapes.pair_of(*shapes.many_cases(10_000)),
    "a tuple of 2^12 values": shapes.pair_of(*shapes.doubling(12)),
    "a host's tuple of 2^12 values": shapes.function_of(*shapes.doubling(12)),
}
MEBIBYTES = 600


@pytest.fixture(scope="module")
def found() -> dict[str, Verdict]:
    """What became of each, all in one process with limits."""
    binaries = (*(binary for binary, _ in REFUSED.values()), *DONE.values())
    return dict(zip([*REFUSED, *DONE], verdicts(Listed(binaries), len(binaries), len(binaries) + 1), strict=True))


@pytest.mark.parametrize("what", [*REFUSED, *DONE])
def test_nothing_unexpected(what: str, found: dict[str, Verdict]) -> None:
    assert found[what].offence is None
    assert found[what].peak_kib < MEBIBYTES << 10


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what: str, found: dict[str, Verdict]) -> None:
    assert found[what].error == REFUSED[what][1], found[what].message
    assert len(found[what].message) < 500


@pytest.mark.parametrize("what", DONE)
def test_done(what: str, found: dict[str, Verdict]) -> None:
    assert found[what].stage == "end", found[what].message

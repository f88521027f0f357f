"""Small inputs that stand for huge things are refused, or done, in bounded time and memory, and never by chance.

None is validated first: whoever calls decode and link on bytes from anywhere gets errors of `fact.errors`.
"""

from __future__ import annotations

import hostile_shapes as shapes
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
    "an option of an option, 20,000 deep": (shapes.pair_of(*shapes.chain(20_000)), "Unsupported"),
    "the same, for the host": (shapes.function_of(*shapes.chain(20_000)), "Unsupported"),
    "4^9 cases as core values": (shapes.pair_of(*shapes.cases_of_cases(4, 9)), "Unsupported"),
    "10,000 instances of 10,000 definitions": (shapes.often(10_000, 10_000), "Unsupported"),
    "10,000 core instances with 20,000 imports": (shapes.often_with_imports(9_000, 20_000), "Unsupported"),
    "1,000 instances of 100 adapters": (shapes.often_with_adapters(1_000, 100), "Unsupported"),
    "an alias 2^32 - 1 scopes outwards": (shapes.outer_alias(0xFFFFFFFF), "LinkError"),
    **{f"2^32 - 1 definitions in section {n}": (shapes.huge_count(n), "Malformed") for n in (2, 3, 5, 6, 7, 8, 10, 11)},
    **{f"2^32 - 1 elements, {i}": (binary, "Malformed") for i, binary in enumerate(shapes.huge_inner_counts())},
}
DONE = {
    "9,000 core instances with 20,000 exports": shapes.often_with_exports(9_000, 20_000),
    "9,000 names of 60,000 characters": shapes.long_names(9_000, 60_000),
    "a tower of 1,000 adapters": shapes.often_with_adapters(1, 1_000),
    "names that collide": shapes.names_that_collide(1_200),
    "a record of 10,000 fields": shapes.pair_of(*shapes.many_fields(10_000)),
    "a variant of 10,000 cases": shapes.pair_of(*shapes.many_cases(10_000)),
    "4^5 cases as core values": shapes.pair_of(*shapes.cases_of_cases(4, 5)),
    "4^7 cases in a list": shapes.pair_of(*shapes.cases_of_cases(4, 7), b"\x70" + shapes.type_index(7)),
    "a tuple of 2^14 values": shapes.pair_of(*shapes.doubling(14)),
    "a host's tuple of 2^14 values": shapes.function_of(*shapes.doubling(14)),
}
SURVIVED = {
    "fixed-length lists of (2^32)^50 values": shapes.pair_of(*shapes.arrays(50)),
    "the same list, for the host": shapes.function_of(*shapes.arrays(50)),
}
"""Only validation measures these, in Binary.md's words `elem_size(t, 'i64')` less than 2^28."""

MEBIBYTES = 600
CHARACTERS = 300


def test_hostile_shapes() -> None:
    """All in one process with limits, one after another."""
    binaries = (*(binary for binary, _ in REFUSED.values()), *DONE.values(), *SURVIVED.values())
    found = verdicts(Listed(binaries), len(binaries), validate_every=len(binaries) + 1)
    complaints = [
        f"{what}: {complaint}"
        for what, verdict in zip([*REFUSED, *DONE, *SURVIVED], found, strict=True)
        if (complaint := _complaint(what, verdict))
    ]
    assert not complaints, "\n".join(complaints)


def _complaint(what: str, verdict: Verdict) -> str | None:
    if verdict.offence:
        return verdict.offence
    if verdict.peak_kib > MEBIBYTES << 10:
        return f"{verdict.peak_kib >> 10} MiB"
    if what in REFUSED and verdict.error != REFUSED[what][1]:
        return f"{verdict.error} in {verdict.stage}, where {REFUSED[what][1]} is expected: {verdict.message}"
    if what in DONE and verdict.error:
        return f"{verdict.error} in {verdict.stage}: {verdict.message}"
    return f"a message of {len(verdict.message)} characters" if len(verdict.message) > CHARACTERS else None

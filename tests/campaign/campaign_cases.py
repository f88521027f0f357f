"""Which cases the fakes misbehave on."""

from __future__ import annotations

import zlib
from functools import cache

from campaign_fakes import raises_for, small_blueprints

from fuzz.case import Origin, case_of
from fuzz.examine import program_of
from generators.blueprint import Blueprint
from generators.stream import CaseStream


@cache
def numbers(count: int, seed: int = 7) -> tuple[tuple[int, int, int], ...]:
    """Of the first *count* cases of *seed* that make calls: number of the case, number and size of its component."""
    stream = CaseStream(small_blueprints(), seed)
    found = []
    for number in range(count):
        blueprint = stream(number)
        if blueprint.calls:
            binary = program_of(case_of(blueprint, Origin())).binary
            found.append((number, zlib.crc32(binary), len(binary)))
    return tuple(found)


def cases_where(divisor: int, count: int, seed: int = 7) -> list[int]:
    """The numbers of the cases among the first *count* on which a fake that looks for *divisor* misbehaves."""
    return [number for number, component, _ in numbers(count, seed) if component % divisor == 0]


def cases_that_raise(count: int, seed: int = 7) -> list[int]:
    """Those over which `raising_blueprints` fails."""
    stream = CaseStream(small_blueprints(), seed)
    return [number for number in range(count) if raises_for(stream(number))]


def case(number: int, seed: int = 7) -> Blueprint:
    return CaseStream(small_blueprints(), seed)(number)

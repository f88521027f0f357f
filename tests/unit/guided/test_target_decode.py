"""The target `decode`: what it lets pass, what it reports, its mutator, and a loop over mutated components."""

from __future__ import annotations

from random import Random

import pytest
from target_inputs import mutants, plain

from fact.decode import decode
from fact.errors import FactError, LinkError, Malformed, Unsupported
from fact.link import link
from fact.model.plan import Plan
from fact.model.syntax import Component
from fuzz.guided import target_decode
from fuzz.guided.binary_parts import COMPONENT_PREAMBLE, Section, definitions, leb, parse, render, vector
from fuzz.guided.offence import Offence
from fuzz.guided.target_decode import accepted_by_wasmtime, decode_and_link, seeds, target_of

COMPONENTS = seeds()[:-1]


def test_first_inputs_are_components_that_link_and_one_core_module() -> None:
    for seed in COMPONENTS:
        link(decode(seed))
        decode_and_link(seed)
    assert seeds()[-1][4] == 1
    decode_and_link(seeds()[-1])


@pytest.mark.parametrize("data", [
    b"", b"\n", b"\0asm", COMPONENT_PREAMBLE[:7], COMPONENT_PREAMBLE + b"\x01", COMPONENT_PREAMBLE + b"\xff" * 20,
    COMPONENT_PREAMBLE + b"\x07\x05\xff\xff\xff\xff\x0f", COMPONENT_PREAMBLE + b"\x0b\x04\x01\x00\x01\xff",
    b"\0asm\x01\0\0\0\x0a\xff\xff\xff\xff\x0f", COMPONENT_PREAMBLE + b"\x05\x04\x01\x00\x05\x00",
    COMPONENT_PREAMBLE + b"\x07\x81\x08\x01" + b"\x42\x01\x01" * 341 + b"\x42",
])
def test_bad_bytes_are_refused_in_our_own_words(data: bytes) -> None:
    decode_and_link(data)


@pytest.mark.parametrize("stage", ["decode", "link", "partition", "plan_text"])
@pytest.mark.parametrize("error", [RecursionError(), IndexError("x"), MemoryError(), AssertionError()])
def test_other_errors_are_reported(monkeypatch: pytest.MonkeyPatch, stage: str, error: Exception) -> None:
    def raising(*args: object) -> Component | Plan | str:
        raise error

    monkeypatch.setattr(target_decode, stage, raising)
    with pytest.raises(Offence, match=type(error).__name__):
        decode_and_link(seeds()[1])


@pytest.mark.parametrize("error", [Malformed("wrongly", 8), LinkError("wrongly")])
def test_what_wasmtime_accepts_may_only_be_unsupported(monkeypatch: pytest.MonkeyPatch, error: FactError) -> None:
    def raising(binary: bytes) -> Component:
        raise error

    monkeypatch.setattr(target_decode, "decode", raising)
    with pytest.raises(Offence, match=f"wasmtime accepts what is refused as {type(error).__name__}: wrongly"):
        decode_and_link(seeds()[1])
    decode_and_link(seeds()[1][:-1])


def test_what_is_unsupported_is_no_offence(monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(binary: bytes) -> Component:
        raise Unsupported("whatever")

    monkeypatch.setattr(target_decode, "decode", raising)
    decode_and_link(seeds()[1])


def test_wasmtime_accepts_the_first_inputs() -> None:
    assert all(map(accepted_by_wasmtime, COMPONENTS))
    assert not accepted_by_wasmtime(seeds()[1][:-1])


# -- the mutator


@pytest.mark.parametrize("data", [*seeds(), b"", b"\0asm", seeds()[1][:-3], seeds()[2] + b"\x07\xff", b"\xff" * 40])
def test_parts_of_any_bytes_are_all_of_them(data: bytes) -> None:
    assert render(parse(data)) == data


def test_definitions_of_every_section_are_told_apart() -> None:
    for seed in COMPONENTS:
        for layer in parse(seed).layers():
            for section in layer.sections:
                items = definitions(section) if layer.is_component else None
                assert items is None or vector(items) == section.body
    (types,) = [s for s in parse(seeds()[3]).sections if s.number == 7][:1]
    assert definitions(types) is not None
    assert definitions(Section(7, b"\x02\x7f")) is None
    assert definitions(Section(11, b"\x00")) == []


@pytest.mark.parametrize("value", [0, 127, 128, 0xFFFF_FFFF])
def test_lengths_are_mended(value: int) -> None:
    layer = parse(seeds()[1])
    layer.sections.append(Section(0, b"\x01a" + bytes(value % 300)))
    again = parse(render(layer))
    assert again.rest == b"" and again.sections[-1].body == layer.sections[-1].body
    assert leb(value)[-1] < 0x80


def test_a_change_depends_on_the_seed_alone() -> None:
    target = target_of(plain)
    assert target.mutate is not None
    made = [target.mutate(seeds()[1], 65536, seed) for seed in (4, 5, 4)]
    assert made[0] == made[2] != made[1]


def test_mutated_components() -> None:
    """Many of them get past the decoder, or the loop would be a test of its first few branches."""
    target = target_of(plain)
    assert target.mutate is not None and target.cross is not None
    found = mutants(seeds(), target.mutate, target.cross, 1500)
    assert len(set(found)) > 1000
    for data in found:
        decode_and_link(data)
    assert sum(map(_decodes, found)) > len(found) / 4


def _decodes(data: bytes) -> bool:
    try:
        decode(data)
    except FactError:
        return False
    return True


def test_nothing_to_change_becomes_a_first_input() -> None:
    target = target_of(plain)
    assert target.mutate is not None
    assert {target.mutate(b"\n", 65536, seed) for seed in range(40)} == set(seeds())
    random = Random(0)
    assert all(len(target.mutate(seeds()[1], 300, random.getrandbits(31))) <= 300 for _ in range(100))


def test_what_is_too_large_loses_parts() -> None:
    target = target_of(plain)
    assert target.mutate is not None
    made = [target.mutate(seeds()[1], len(seeds()[1]) - 1, seed) for seed in range(60)]
    assert all(len(data) < len(seeds()[1]) for data in made)
    assert sum(parse(data).rest == b"" for data in made) > 30

"""How values lie in memory: padding, discriminants, flags. CanonicalABI.md, "Alignment" and "Element Size"."""

from __future__ import annotations

from collections.abc import Iterator

from fact.abi import align_to, alignment, elem_size
from fact.model.types import Flags, PtrType, ValType
from fuzz.coverage.groups import Excluded, Group, named

CASES = (1, 2, 255, 256, 257)
LABELS = (1, 8, 9, 16, 17, 31, 32)

_PADDINGS = tuple((p, a) for a in (2, 4, 8) for p in range(1, a))
_PAYLOADS = tuple((d, a, align_to(d, a) - d) for d in (1, 2) for a in (1, 2, 4, 8))


def discriminant_size(cases: int) -> int:
    """In bytes. Validation allows 10,000 cases at the most, so there are none of 4."""
    return 1 if cases <= 256 else 2


def flags_size(labels: int) -> int:
    return 1 if labels <= 8 else 2 if labels <= 16 else 4


def of_fields(fields: tuple[tuple[str, ValType], ...], pointer: PtrType) -> Iterator[str]:
    """Padding before the fields of a record that lies in memory."""
    at = 0
    for _, t in fields:
        align = alignment(t, pointer)
        if padding := align_to(at, align) - at:
            yield _before(padding, align)
        at = at + padding + elem_size(t, pointer)


def of_element(t: ValType, size_without_padding: int, pointer: PtrType) -> Iterator[str]:
    """Padding behind a record or variant of a size that is a multiple of its alignment."""
    if padding := elem_size(t, pointer) - size_without_padding:
        yield _behind(padding, alignment(t, pointer))


def of_cases(cases: int) -> Iterator[str]:
    size = discriminant_size(cases)
    yield f"layout: discriminant of {_bytes(size)}"
    if cases in CASES:
        yield f"layout: {cases} case{'s' * (cases > 1)}"


def of_payload(cases: int, align: int) -> str:
    size = discriminant_size(cases)
    return _payload(size, align, align_to(size, align) - size)


def of_flags(t: Flags) -> Iterator[str]:
    count = len(t.labels)
    yield f"layout: flags of {_bytes(flags_size(count))}"
    if count in LABELS:
        yield f"layout: {count} label{'s' * (count > 1)}"


def _before(padding: int, align: int) -> str:
    return f"layout: {_bytes(padding)} of padding before a field of alignment {align}"


def _behind(padding: int, align: int) -> str:
    return f"layout: {_bytes(padding)} of padding at the end of alignment {align}"


def _payload(discriminant: int, align: int, padding: int) -> str:
    gap = f"{_bytes(padding)} of padding" if padding else "at once"
    return f"layout: discriminant of {_bytes(discriminant)}, then {gap}, payload of alignment {align}"


def _bytes(n: int) -> str:
    return f"{n} byte{'s' * (n > 1)}"


LAYOUT = Group(
    "layout", "how values lie in memory: padding, discriminants, flags (numbers of cases and labels: anywhere)",
    (
        *(_before(p, a) for p, a in _PADDINGS),
        *(_behind(p, a) for p, a in _PADDINGS),
        *(_payload(d, a, p) for d, a, p in _PAYLOADS),
        *named("layout", *(f"discriminant of {_bytes(d)}" for d in (1, 2)),
               *(f"{n} case{'s' * (n > 1)}" for n in CASES),
               *(f"value of the last of {n} case{'s' * (n > 1)}" for n in CASES),
               *(f"flags of {_bytes(n)}" for n in (1, 2, 4)),
               *(f"{n} label{'s' * (n > 1)}" for n in LABELS)),
    ),
)

EXCLUDED = (
    Excluded("layout: discriminant of 4 bytes", "validation allows 10,000 cases, a discriminant of 2 bytes has 65,536"),
    Excluded("layout: flags of more than 4 bytes", "validation allows 32 labels"),
    Excluded("layout: values of no bytes", "validation refuses empty records, tuples, flags and fixed-length lists"),
)

"""CanonicalABI.md, "Type Predicates": worked out once for each type."""

from __future__ import annotations

from fact.abi.memo import by_identity
from fact.model.types import ValType, has_handles


@by_identity
def contains_handle(t: ValType) -> bool:
    """The specification's `contains`, asked for own and borrow."""
    return has_handles(t)

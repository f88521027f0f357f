"""Where releases of the specification differ: one named setting for each such place."""

from __future__ import annotations

from enum import Enum


class Reentrance(Enum):
    """Whether a component instance may be entered while it, or one that contains it, is running."""

    GUARDED = "guarded"
    """CanonicalABI.md of August 2026 (6d28164): `Store.lift` traps if `may_enter_from(caller)` is false."""
    FREE = "free"
    """With WebAssembly/component-model#705, merged after it: it may, and there is no flag."""

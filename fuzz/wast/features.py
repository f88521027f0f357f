"""What a script needs that an engine does not support, by the name of the feature."""

from __future__ import annotations

import re

from fact.decode import decode
from fact.errors import Malformed, Unsupported
from fuzz.wast.expected import NOT_PROVIDED
from fuzz.wast.script import Script

GATED = ("async", "threads", "GC", "error-context", "values")
"""Features of the component model that no engine here has switched on; see the README's table."""

NOTHING_PROVIDES = "imports that nothing provides"

_PATTERNS: tuple[tuple[str, str], ...] = (
    (NOTHING_PROVIDES, NOT_PROVIDED),
    ("threads", r"\bthread\.|threading feature"),
    ("error-context", r"\berror-context"),
    ("GC", r"canonical option (?:gc|core-type)|\bcm-gc\b"),
    ("values", r"\bnot supported: value\b|^value\b|^component start|component model values feature"),
    ("async", r"\b(?:async|stream|future|callback|backpressure|waitable|waitable-set|subtask|task)\b"),
    ("lists of fixed length", r"[Ff]ixed-length list|fixed-size list"),
    ("64-bit memories", r"\bcm64\b|64-bit memor|memory64"),
    ("implements", r"\bcm-implements\b"),
    ("component imports of the root", r"component import\b|root-level component imports"),
    ("module imports of the root", r"core module"),
    ("resources", r"\bresource|\b(?:own|borrow) type"),
    ("context storage", r"\bcontext\.[gs]et"),
    ("handles at the top", r"\bref value|externref value"),
)


def feature_of(message: str) -> str:
    """The feature that a refusal names; what it says, cut short, when that is none of those known."""
    return next((name for name, words in _PATTERNS if re.search(words, message)), _brief(message))


def gated_features(script: Script) -> frozenset[str]:
    """The gated features that some definition of a script needs, whatever is expected of it."""
    return frozenset(feature for binary in script.binaries.values() if (feature := _refused(binary)) in GATED)


def _refused(binary: bytes) -> str | None:
    try:
        decode(binary)
    except Unsupported as error:
        return feature_of(error.construct)
    except Malformed:
        return None
    return None


def _brief(message: str) -> str:
    words = " ".join(message.split())
    return words if len(words) <= 60 else words[:57] + "..."

"""Why a call trapped: one fixed list of reasons, shared by all engines.

Reasons of the canonical ABI name the section of CanonicalABI.md that orders the trap; the others are core wasm's.
"""

from __future__ import annotations

from enum import Enum


class TrapReason(Enum):
    """A reason, with its name on the outside and its number inside adapter modules: `trap(reason, site)`."""

    # canonical ABI
    INVALID_CHAR = "invalid-char"
    INVALID_DISCRIMINANT = "invalid-discriminant"
    INVALID_UTF8 = "invalid-utf8"
    INVALID_UTF16 = "invalid-utf16"
    STRING_TOO_LONG = "string-too-long"
    LIST_TOO_LONG = "list-too-long"
    CANNOT_LEAVE = "cannot-leave"
    CANNOT_ENTER = "cannot-enter"
    POINTER_MISALIGNED = "pointer-misaligned"
    POINTER_OUT_OF_BOUNDS = "pointer-out-of-bounds"
    REALLOC_MISALIGNED = "realloc-misaligned"
    REALLOC_OUT_OF_BOUNDS = "realloc-out-of-bounds"
    UNCAUGHT_EXCEPTION = "uncaught-exception"
    UNKNOWN_HANDLE = "unknown-handle"
    WRONG_RESOURCE_TYPE = "wrong-resource-type"
    HANDLE_LENT = "handle-lent"
    HANDLE_NOT_OWNED = "handle-not-owned"
    BORROWS_LEFT = "borrows-left"
    HANDLE_TABLE_FULL = "handle-table-full"
    # core wasm
    UNREACHABLE = "unreachable"
    MEMORY_OUT_OF_BOUNDS = "memory-out-of-bounds"
    TABLE_OUT_OF_BOUNDS = "table-out-of-bounds"
    INDIRECT_CALL_TO_NULL = "indirect-call-to-null"
    BAD_SIGNATURE = "bad-signature"
    INTEGER_OVERFLOW = "integer-overflow"
    INTEGER_DIVIDE_BY_ZERO = "integer-divide-by-zero"
    BAD_CONVERSION_TO_INTEGER = "bad-conversion-to-integer"
    NULL_REFERENCE = "null-reference"
    STACK_OVERFLOW = "stack-overflow"
    OUT_OF_FUEL = "out-of-fuel"
    # the harness
    HOST = "host-trap"
    UNMAPPED = "unmapped"

    @property
    def code(self) -> int:
        """The number an adapter module passes to `trap`; stable within one version of factfuzz."""
        return _CODES[self]

    @classmethod
    def from_code(cls, code: int) -> TrapReason:
        return _REASONS[code]

    @property
    def section(self) -> str | None:
        """The section of CanonicalABI.md that orders this trap; None for core wasm's and the harness's own."""
        return _SECTIONS.get(self)


_REASONS = list(TrapReason)
_CODES = {reason: code for code, reason in enumerate(_REASONS)}
_SECTIONS = {
    TrapReason.INVALID_CHAR: "Loading: convert_i32_to_char",
    TrapReason.INVALID_DISCRIMINANT: "Loading: load_variant; Flat Lifting: lift_flat_variant",
    TrapReason.INVALID_UTF8: "Loading: load_string_from_range",
    TrapReason.INVALID_UTF16: "Loading: load_string_from_range",
    TrapReason.STRING_TOO_LONG: "Loading: load_string_from_range, MAX_STRING_BYTE_LENGTH",
    TrapReason.LIST_TOO_LONG: "Loading: load_list_from_range, MAX_LIST_BYTE_LENGTH",
    TrapReason.CANNOT_LEAVE: "canon lower: trap_if(not may_leave)",
    TrapReason.CANNOT_ENTER: "Embedding: Store.lift, trap_if(not may_enter_from(caller))",
    TrapReason.POINTER_MISALIGNED: "Lifting and Lowering Values: lift_flat_values; Loading: load_*_from_range",
    TrapReason.POINTER_OUT_OF_BOUNDS: "Lifting and Lowering Values: lift_flat_values; Loading: load_*_from_range",
    TrapReason.REALLOC_MISALIGNED: "Lifting and Lowering Values: lower_flat_values; Storing: store_*_into_range",
    TrapReason.REALLOC_OUT_OF_BOUNDS: "Lifting and Lowering Values: lower_flat_values; Storing: store_*_into_range",
    TrapReason.UNCAUGHT_EXCEPTION: "canon lift: call_and_trap_on_throw",
    TrapReason.UNKNOWN_HANDLE: "Table State: Table.get",
    TrapReason.WRONG_RESOURCE_TYPE: "Loading: lift_own, lift_borrow; canon resource.drop; canon resource.rep",
    TrapReason.HANDLE_LENT: "Loading: lift_own; canon resource.drop",
    TrapReason.HANDLE_NOT_OWNED: "Loading: lift_own",
    TrapReason.BORROWS_LEFT: "Tasks: Task.return_",
    TrapReason.HANDLE_TABLE_FULL: "Table State: Table.add",
}


class Trap(Exception):
    """Execution trapped.

    *site* says which part of which value was being moved, from the outside in; None where no value was involved.
    It begins with `param LABEL`, `result`, or `params` (the area of spilled parameters as a whole); each part inside
    adds a step: `.LABEL` a record's field or the payload of a variant's, option's or result's case, `.N` a tuple's
    element, `[]` an element of a list or map, whichever it was (a map's key is `[].0`, its value `[].1`). So
    `param xs[].name` is the field `name` of some element of the list `xs`. *message* is the engine's own wording
    when an engine trapped; the reference says there which element it was. *state* explains the trap by what
    was the case, for people, a sentence a line: the handle at that index and the rest of its table, who was entered.
    """

    def __init__(
        self, reason: TrapReason, site: str | None = None, message: str | None = None, state: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message or (reason.value if site is None else f"{reason.value} at {site}"))
        self.reason = reason
        self.site = site
        self.message = message
        self.state = state

"""What is said above an adapter: its type, and who calls whom with which options."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from fact.adapters.scope import item_name
from fact.adapters.wat import Line, Note
from fact.model.plan import Adapter, Options, Plan

NOTE_WIDTH = 112
LONGEST_TYPE = 1200


def introduction(plan: Plan, adapter: Adapter, exports: tuple[int, ...]) -> Iterator[Line]:
    lift = plan.lifts[adapter.lift]
    caller, callee = (plan.component_instances[i].name for i in (adapter.caller, lift.instance))
    numbers = ("adapter " if len(exports) == 1 else "adapters ") + ", ".join(map(str, exports))
    yield from _wrapped(f"{numbers}, {adapter.name}: {_shortened(plan.type_text(adapter.type))}")
    yield from _wrapped(f"  caller {caller}: {described_options(plan, adapter.options)}")
    called = item_name(plan, lift.callee)
    yield from _wrapped(f"  callee {callee}: core func {called}, {described_options(plan, lift.options)}")


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_TYPE else f"{text[:LONGEST_TYPE]} and so on"


def _wrapped(text: str) -> Iterator[Line]:
    if len(text) <= NOTE_WIDTH:
        yield Note(text)
    else:
        yield from map(Note, textwrap.wrap(text, NOTE_WIDTH, subsequent_indent="      ", break_long_words=False))


def described_options(plan: Plan, options: Options) -> str:
    given = (("memory", options.memory), ("realloc", options.realloc), ("post-return", options.post_return))
    parts = [f"{name} {item_name(plan, item)}" for name, item in given if item is not None]
    wide = ["64-bit"] if options.pointer == "i64" else []
    return ", ".join((options.string_encoding, *wide, *parts))

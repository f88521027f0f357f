"""Counters put into the text of a module.

What is inserted adds no lines, so that a branch has the same line with counters and without. An `if` is counted where
its condition is known and where it is taken: the difference is how often it was not. Only folded instructions are seen.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from fact.adapters.branches_conditions import condition, exact_condition, string_condition
from fact.adapters.branches_counters import (
    TURN_COUNTERS,
    before_loop,
    count,
    count_condition,
    count_index,
    count_turn,
    definitions,
)
from fact.adapters.branches_places import (
    STRING_IN_PLACE,
    TYPED,
    kind_of,
    stage_of,
    string_on_its_way,
    support_kind,
    thing_checked,
    width,
)
from fact.model.branches import Branch

GROUPS = 3
"""Groups of cases that have names of their own."""

_MARK = re.compile(
    r";;[^\n]*"
    r"|\(;.*?;\)"
    r'|"[^"]*"'
    r'|\((?:import "[^"]*" "[^"]*"|export "[^"]*") \(func'
    r"|\((?:then|if|else|loop|br_if|br_table|select|func|block)(?=[\s()])"
    r"|\(call \$trap(?=[\s()])"
)
_PARENTHESIS = re.compile(r';;[^\n]*|\(;.*?;\)|"[^"]*"|[()]')
_WORD = re.compile(r";;[^\n]*|\(;.*?;\)|[()]|[^\s();]+")
_FUNCTION = re.compile(
    r'\(func\s*(?P<name>\$[^\s()]+)?(?P<exports>(?:\s*\(export "[^"]*"\))*)'
    r"(?:(?:\s|;;[^\n]*|\(;.*?;\))*\((?:type|param|result|local)\b[^()]*\))*"
)
_LOOP = re.compile(r"\(loop(?:\s+\$[^\s()]+)?(?:\s*\((?:type|param|result)\b[^()]*\))*")
_TRAP = re.compile(r"\s*\(call \$trap\s+\(i32\.const \d+ \(; ([\w-]+) ;\)\)")


@dataclass(frozen=True, slots=True)
class CountedText:
    """A module with a memory of its own for its *counters*, so many (`fact.adapters.branches_counters`)."""

    wat: str
    branches: tuple[Branch, ...]
    counters: int


def counted(wat: str, support: str = "") -> CountedText:
    """*wat*, in the style of adapter modules and of their support modules, with counters. *support* is the name of the
    support module that it is, else it is an adapter module."""
    scan = _Scan(wat, support)
    scan.run()
    return CountedText(scan.finished(), tuple(scan.branches), scan.counters)


def _groups(labels: Sequence[str]) -> list[str]:
    """The ways of a table, which has a block for each group of cases, in the order of the first case of each."""
    groups = list(dict.fromkeys(label for label in labels if label != labels[-1]))
    ways = [
        f"group {min(groups.index(label) + 1, GROUPS)}" if label in groups else "no group" for label in labels[:-1]
    ]
    return [*ways, "past the last"]


class _Scan:
    """One pass over a module's text, from mark to mark."""

    def __init__(self, wat: str, support: str) -> None:
        self.wat = wat
        self.support = support
        self.branches: list[Branch] = []
        self.counters = 0
        self.inserted: list[tuple[int, str]] = []
        self.locals: list[tuple[int, str]] = []
        self.needed: dict[str, None] = {}
        self.line_ends = [m.start() for m in re.finditer("\n", wat)]
        self.ifs: list[int] = []
        self.head_end = 0
        self.loops = 0
        self.kind = ""
        self.exact = True
        self.stage = ""
        self.strings: list[tuple[int, str]] = []
        self.met: dict[str, int] = {}

    # -- the pass

    def run(self) -> None:
        at = 0
        search = _MARK.search
        while (found := search(self.wat, at)) is not None:
            at = found.end()
            mark = found[0]
            if mark == "(then":
                self.then(found.start(), at)
            elif mark == "(if":
                self.ifs.append(found.start())
            elif mark.startswith(";; -- "):
                self.note(mark)
            elif mark == "(call $trap":
                self.trap(found.start())
            elif mark == "(func":
                at = self.function(found.start())
            elif mark == "(loop":
                at = self.loop(found.start())
            elif mark == "(br_if":
                self.br_if(found.start())
            elif mark == "(block":
                self.block(found.start())
            elif mark == "(select":
                self.select(found.start())
            elif mark == "(br_table":
                self.br_table(found.start())

    def finished(self) -> str:
        """The text with all that was inserted; the module's own definitions are last."""
        self.insert(self.wat.rindex(")"), definitions(self.counters, self.needed))
        parts: list[str] = []
        at = 0
        for position, text in sorted((*self.locals, *self.inserted), key=lambda i: i[0]):
            parts += (self.wat[at:position], text)
            at = position
        return "".join((*parts, self.wat[at:]))

    # -- places

    def note(self, mark: str) -> None:
        stage = stage_of(mark)
        self.stage = self.stage if stage is None else stage

    def function(self, start: int) -> int:
        head = _FUNCTION.match(self.wat, start)
        assert head is not None, "every part after `(func` may be missing"
        name, exports = head["name"] or "", head["exports"]
        self.kind = support_kind(self.support, self.wat, name, exports) if self.support else kind_of(name, exports)
        self.exact = self.kind not in TYPED
        self.stage, self.strings, self.met, self.loops = "", [], {}, 0
        self.head_end = head.end()
        entered = self.counter()
        self.insert(head.end(), " " + count(entered))
        self.branches.append(Branch(f"{self.kind}: entered", entered, None, *self.position(start)))
        return head.end()

    def block(self, start: int) -> None:
        if self.wat.startswith(("(block $moved", "(block $valid"), start):
            self.met.clear()
            self.strings.append((self.end(start), string_on_its_way(self.wat, start)))

    def then(self, start: int, end: int) -> None:
        opened = self.ifs.pop()
        reached, taken = self.counter(), self.counter()
        self.insert(start, count(reached))
        self.insert(end, count(taken))
        trap = _TRAP.match(self.wat, end)
        text = self.wat[opened + 3:start]
        if trap is not None:
            self.ways(self.check(trap[1], text, opened), opened, ("traps", taken, None), ("passes", reached, taken))
        else:
            self.ways(self.condition(text, opened), opened, ("yes", taken, None), ("no", reached, taken))

    def check(self, reason: str, text: str, opened: int) -> str:
        """The check for *reason* by the condition *text*, of the `if` at *opened*."""
        thing = ""
        if self.exact or self.string(opened):
            return reason + width(reason, text)
        if reason.startswith("pointer-"):
            thing = thing_checked(text)
        elif reason.startswith("realloc-"):
            thing = thing_checked(self.wat[self.wat.rfind("(local.set", 0, opened):opened + len(text)])
        return reason + thing + width(reason, text)

    def trap(self, start: int) -> None:
        """One that is reached without a check."""
        if self.wat[start - 200:start].rstrip().endswith("(then"):
            return
        found = _TRAP.match(self.wat, start)
        reached = self.counter()
        self.insert(start, count(reached))
        self.ways(found[1] if found else "trap", start, ("traps", reached, None))

    def br_if(self, start: int) -> None:
        end = self.end(start)
        reached, passed = self.counter(), self.counter()
        self.insert(end - 1, count(reached))
        self.insert(end, count(passed))
        words = self.operands(start, end)
        text = self.condition(words[-1] if words else "", start)
        self.ways(text, start, ("yes", reached, passed), ("no", passed, None))

    def select(self, start: int) -> None:
        end = self.end(start)
        yes = self.counter(2)
        self.insert_call(end - 1, count_condition(yes))
        words = self.operands(start, end)
        text = self.condition(words[-1] if words else "", start)
        self.ways(f"select by {text}", start, ("yes", yes, None), ("no", yes + 1, None))

    def br_table(self, start: int) -> None:
        end = self.end(start)
        labels = [w[0] for w in _WORD.finditer(self.wat, start + len("(br_table"), end) if w[0][0] in "$0123456789("]
        labels = labels[:labels.index("(")] if "(" in labels else labels
        first = self.counter(len(labels))
        self.insert_call(end - 1, count_index(first, first + len(labels) - 1))
        self.ways("cases", start, *((way, first + i, None) for i, way in enumerate(_groups(labels))))

    def loop(self, start: int) -> int:
        head = _LOOP.match(self.wat, start)
        assert head is not None, "every part after `(loop` may be missing"
        self.loops += 1
        turn, first = f"$branches.turn.{self.loops}", self.counter(TURN_COUNTERS)
        self.locals.append((self.head_end, f" (local {turn} i32)"))
        self.insert(start, before_loop(turn, first))
        self.insert(head.end(), count_turn(turn, first))
        self.ways("loop", start, ("1 turn", first, first + 1), ("2 turns", first + 1, first + 2),
                  ("3 turns or more", first + 2, None))
        return head.end()

    # -- parts

    def counter(self, count: int = 1) -> int:
        """The first of *count* new ones."""
        self.counters += count
        return self.counters - count

    def insert(self, position: int, text: str) -> None:
        self.inserted.append((position, text))

    def insert_call(self, position: int, call: tuple[str, str]) -> None:
        text, function = call
        self.needed[function] = None
        self.insert(position, text)

    def end(self, start: int) -> int:
        """Behind the expression at *start*."""
        depth = 0
        for found in _PARENTHESIS.finditer(self.wat, start):
            if found[0] == "(":
                depth += 1
            elif found[0] == ")":
                depth -= 1
                if depth == 0:
                    return found.end()
        raise ValueError(f"unclosed: {self.wat[start:start + 60]}")

    def operands(self, start: int, end: int) -> list[str]:
        """The folded operands of the expression between *start* and *end*."""
        found: list[str] = []
        depth = 0
        first = 0
        for mark in _PARENTHESIS.finditer(self.wat, start, end):
            if mark[0] == "(":
                depth += 1
                if depth == 2:
                    first = mark.start()
            elif mark[0] == ")":
                depth -= 1
                if depth == 1:
                    found.append(self.wat[first:mark.end()])
        return found

    def condition(self, text: str, start: int) -> str:
        """The last expression of *text* in words, for the place at *start*."""
        if self.exact:
            return exact_condition(text)
        return string_condition(text) if self.string(start) else condition(text)

    def string(self, start: int) -> str:
        """What is done in place to the string of the block that *start* is in, if it is in one."""
        while self.strings and self.strings[-1][0] <= start:
            self.strings.pop()
        return self.strings[-1][1] if self.strings else ""

    def ways(self, what: str, start: int, *ways: tuple[str, int, int | None]) -> None:
        string = self.string(start)
        kind, context = (STRING_IN_PLACE, string) if string else (self.kind, self.stage)
        place = f"{kind}: {context}: {what}" if context else f"{kind}: {what}"
        if self.exact or string:
            self.met[place] = number = self.met.get(place, 0) + 1
            place += f" ({number})" if number > 1 else ""
        line, column = self.position(start)
        self.branches += [Branch(f"{place}: {way}", counter, less, line, column) for way, counter, less in ways]

    def position(self, start: int) -> tuple[int, int]:
        """The line and the column of an offset."""
        line = bisect_left(self.line_ends, start)
        return line, start - (self.line_ends[line - 1] + 1 if line else 0)

"""Conditions of generated code in short words, the same for whatever names and sizes a component brings.

`(i32.lt_u (local.get $word.out.1) (local.get $word.units))` is `written < units`. Types of numbers and conversions are
left out, vectors are not looked into, and a number that depends on types is `N`. A condition on the case of a variant
is `case`, or `case in memory`, whichever cases it means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

CACHED_CONDITIONS = 4096

_TOKEN = re.compile(r";;[^\n]*|\(;.*?;\)|[()]|[^\s();]+")
_LOCAL = re.compile(r"(?<=\.get )\$[^\s()]+")
_NUMBERED = re.compile(r"(?:\.\d+)+$")
_SUPPORT = re.compile(r"\$(handles|[\w]+-[\w-]+)(?:\.i(?:32|64))*\.(\w+)(?:\.\d+)?$")
_OPERATORS = {
    "add": "+", "sub": "-", "mul": "*", "shl": "<<", "shr_u": ">>", "shr_s": ">>", "rem_u": "%",
    "and": "&", "or": "|", "xor": "^",
    "eq": "==", "ne": "!=", "lt_u": "<", "lt_s": "<", "le_u": "<=", "le_s": "<=", "gt_u": ">", "gt_s": ">",
    "ge_u": ">=", "ge_s": ">=",
}
_ASKING = re.compile(r" (?:==|!=|<=?|>=?|in) |^(?:any|all)_true|^(?:un)?tagged|^ASCII")
_SCALED = frozenset(("<<", "*", "%", ">>"))
_CONVERSIONS = frozenset(("extend_i32_u", "wrap_i64", "extend8_s", "extend16_s"))
_LOADS = frozenset(("load", "load8_u", "load16_u"))
_VECTORS = frozenset(("v128", "i8x16", "i16x8", "i32x4", "i64x2"))
_NOT_ASCII = "0x8080808080808080"
_ROLES = {name: name for name in (
    "at", "bytes", "count", "d", "end", "from", "index", "left", "length", "list.bulk", "list.end", "list.length",
    "list.new", "list.ptr", "list.to", "mark", "n", "new", "outcome", "params", "ptr", "rep", "result", "return", "s",
    "string.ptr", "string.read", "string.first", "string.last", "to", "units", "written", "out", "ascii", "read",
    "first", "size",
)} | {"string.length": "units", "string.tagless": "units", "string.units": "written"}
"""What the compiler calls its locals, without a number behind them, and what they are for."""

_PARTS = frozenset(("ptr", "units", "length", "case", "may_leave", "may_enter"))
"""What it puts behind the name of a parameter or of a component instance."""

_SHORT = ("4", "8")
"""Least units of the strings that are dealt with in place, and half of the most."""

Tree: TypeAlias = "str | list[Tree]"


def condition(text: str) -> str:
    """The last expression of *text*, a condition, in words; `popped` if there is none."""
    return _condition(_LOCAL.sub(lambda found: "$" + (role(found[0]) or "case"), text), False)


def string_condition(text: str) -> str:
    """The same of code for one string, where what a component named is the string's length."""
    return _condition(_LOCAL.sub(lambda found: "$" + (role(found[0]) or "units"), text), False)


def exact_condition(text: str) -> str:
    """The same of code that depends on no types, which keeps its names and numbers."""
    return _condition(text, True)


def role(identifier: str) -> str:
    """What *identifier*, of a local or a global, is for; empty if a component named it."""
    stem = _NUMBERED.sub("", identifier[1:])
    if (found := _ROLES.get(stem)) is not None:
        return found
    before, _, last = stem.rpartition(".")
    if ".staged." in f"{stem}.":
        return "units"
    if last == "out" and before:
        return "written"
    if last in _PARTS and before:
        return last
    return ""


def _function(identifier: str) -> str:
    support = _SUPPORT.match(identifier)
    return f"{support[1]}.{support[2]}" if support else identifier[1:]


@lru_cache(CACHED_CONDITIONS)
def _condition(text: str, exact: bool) -> str:
    tokens = [token for token in _TOKEN.findall(text) if not token.startswith((";", "(;"))]
    trees = list(_trees(iter(tokens)))
    if not trees:
        return "popped"
    shown = _Shown(exact)
    words = shown.words(trees[-1])
    if shown.cases:
        return shown.cases[-1]
    words = words if exact else _unscaled(words)
    words = words[1:-1] if words.startswith("(") and _closes_at_end(words) else words
    return words if _ASKING.search(words) else f"{words} != 0"


def _closes_at_end(text: str) -> bool:
    depth = 0
    for at, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth == 0:
            return at == len(text) - 1
    return False


def _trees(tokens: Iterator[str]) -> Iterator[Tree]:
    for token in tokens:
        if token == ")":
            return
        yield list(_trees(tokens)) if token == "(" else token


class _Shown:
    """Instructions as words. *cases* are the cases of variants met among them."""

    def __init__(self, exact: bool) -> None:
        self.exact = exact
        self.cases: list[str] = []

    def words(self, tree: Tree) -> str:
        if isinstance(tree, str):
            return tree
        name, operands = str(tree[0]), tree[1:]
        family, _, operation = name.rpartition(".")
        expressions = [operand for operand in operands if isinstance(operand, list)]
        if name in ("local.get", "global.get"):
            return self.known(str(operands[0])[1:])
        if name == "local.tee":
            return self.words(expressions[0])
        if name in ("memory.size", "memory.grow"):
            return "memory" if name == "memory.size" else "grown"
        if name == "call":
            return f"{_function(str(operands[0]))}()"
        if operation == "const":
            return str(operands[0])
        if family in _VECTORS:
            return "loaded" if operation.startswith("load") else f"{operation}(...)"
        if operation in _LOADS:
            return self.known("loaded")
        if operation in _CONVERSIONS:
            return self.words(expressions[0])
        if operation == "eqz":
            return self.zero(expressions[0])
        if operation in _OPERATORS and len(expressions) == 2:
            return self.infix(operation, expressions)
        return f"{operation}({', '.join(map(self.words, expressions))})"

    def known(self, name: str) -> str:
        if not self.exact and name in ("case", "loaded"):
            self.cases.append("case" if name == "case" else "case in memory")
        return name

    def zero(self, operand: Tree) -> str:
        inner = self.words(operand)
        if _NOT_ASCII in inner:
            self.cases.clear()
            return "ASCII"
        return inner[:-len(" == 0)")] + " != 0)" if inner.endswith(" == 0)") else f"({inner} == 0)"

    def infix(self, operation: str, operands: Sequence[Tree]) -> str:
        operator = _OPERATORS[operation]
        left, right = map(self.words, operands)
        if right == "0" and operation in ("ge_s", "lt_s"):
            self.cases.clear()
            return f"{'tagged' if operation == 'lt_s' else 'untagged'}({'units' if left == 'case' else left})"
        if operator == "<=" and (between := re.fullmatch(r"\((.*) - (\d+)\)", left)) and right.isdigit():
            if between[1] == "case" and between[2] == right in _SHORT:
                self.cases.clear()
            length = "units" if between[1] == "case" else between[1]
            return f"({length} in {between[2]}..{int(between[2]) + int(right)})"
        if not self.exact:
            if left == "memory":
                return left
            if operator in _SCALED:
                right = "N"
            elif operator == "-" or right == "0":
                left = _unscaled(left)
            if operator in (">=", "<") and right.isdigit():
                right = "N"
        return f"({left} {operator} {right})"


def _unscaled(words: str) -> str:
    return re.sub(r"^\((.*) (?:<<|\*) N\)$", r"\1", words)

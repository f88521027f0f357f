"""Wasm text with something left open: `support/*.wat`, and the functions in adapter modules that lean on them.

- `@S` and `@D` stand for the type of addresses in the source and in the destination memory, i32 or i64. In instructions
  they read like those of wasm: `(@S.add ...)`, `(@D.extend_i32_u ...)`, `(i64.extend_@D_u ...)`, `(i32.wrap_@S ...)`;
  where nothing is to be extended or wrapped, the operand stands alone.
- `(@define $name ($a $b) BODY)` makes `(@$name X Y)` stand for BODY with X for `$a` and Y for `$b`: a function without
  the call, which would spill vectors. An operand that BODY uses twice should be a `local.get`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

from fact.adapters.wat import Block, Line, Note
from fact.model.types import PtrType

CACHED_FUNCTIONS = 64

_DEFINITION = re.compile(r"\(@define (\$\w+) \(([^)]*)\)")
_NO_CONVERSION = re.compile(r"\((?:i32\.wrap_i32|i32\.extend_i32_u|i64\.extend_i64_u)\s+")
_NAME = re.compile(r"\$[\w.]+")
_MARK = re.compile(r";;[^\n]*|[()]|\n")
_TOKEN = re.compile(r";;[^\n]*|[()]|[^\s();]+")


@cache
def support_text(name: str, source: PtrType, destination: PtrType) -> str:
    """The support module `support/NAME.wat` for these types of addresses."""
    text = files("fact.adapters").joinpath("support", f"{name}.wat").read_text(encoding="utf8")
    return with_pointers(expanded(text), source, destination)


def with_pointers(text: str, source: PtrType, destination: PtrType) -> str:
    """*text* for these types of addresses."""
    text = text.replace("@S", source).replace("@D", destination)
    at = 0
    while found := _NO_CONVERSION.search(text, at):
        at = found.start()
        end = _end(text, found.start())
        text = text[: found.start()] + text[found.end() : end - 1] + text[end:]
    return text


def expanded(text: str) -> str:
    """*text* with the bodies of its definitions in their places; a definition may use those in front of it."""
    while found := _DEFINITION.search(text):
        end = _end(text, found.start())
        name, parameters = found[1], found[2].split()
        body = text[found.end() : end - 1].strip()
        text = text[: found.start()].rstrip() + _with_uses(text[end:], name, parameters, body)
    return text


def _with_uses(text: str, name: str, parameters: list[str], body: str) -> str:
    use = re.compile(rf"\(@{re.escape(name)}(?=[\s)])")
    while found := use.search(text):
        end = _end(text, found.start())
        operands = dict(zip(parameters, _operands(text[found.end() : end - 1]), strict=True))
        text = text[: found.start()] + _NAME.sub(lambda n: operands.get(n[0], n[0]), body) + text[end:]  # noqa: B023
    return text


def _operands(text: str) -> list[str]:
    """The expressions and words that *text* is a row of."""
    operands = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        end = _end(text, at)
        operands.append(text[at:end])
        at = end
    return operands


def _end(text: str, start: int) -> int:
    """Behind the expression or the word at *start*."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        depth += (token[0] == "(") - (token[0] == ")")
        if depth == 0:
            return token.end()
    raise ValueError(f"unclosed: {text[start : start + 60]}")


@lru_cache(maxsize=CACHED_FUNCTIONS)
def block(head: str, body: str, source: PtrType, destination: PtrType) -> Block:
    """A function of *head* and the statements of *body* for these types of addresses."""
    text = with_pointers(body, source, destination)
    return Block(with_pointers(head, source, destination), tuple(_statements(text, 0, len(text), _ends(text))))


def _ends(text: str) -> dict[int, int]:
    """For each parenthesis that opens, where what it opens has ended."""
    ends: dict[int, int] = {}
    open_ones: list[int] = []
    for token in _MARK.finditer(text):
        if token[0] == "(":
            open_ones.append(token.start())
        elif token[0] == ")":
            ends[open_ones.pop()] = token.end()
    return ends


def _statements(text: str, start: int, stop: int, ends: dict[int, int]) -> Iterator[Line]:
    """What stands between *start* and *stop*. What is on one line stays on one line."""
    at = start
    while found := _MARK.search(text, at, stop):
        at = ends.get(found.start(), found.end())
        if found[0].startswith(";;"):
            yield Note(found[0][2:].strip())
        elif found[0] == "(":
            if "\n" not in text[found.start() : at]:
                yield text[found.start() : at]
            else:
                head = _end_of_head(text, found.start(), ends)
                yield Block(text[found.start() : head].rstrip(), tuple(_statements(text, head, at - 1, ends)))


def _end_of_head(text: str, start: int, ends: dict[int, int]) -> int:
    """Up to where the first line of an expression of several lines has whole operands."""
    line = text.index("\n", start)
    at = start + 1
    while (operand := text.find("(", at, line)) >= 0:
        if ends[operand] > line:
            return operand
        at = ends[operand]
    return line


def memory_bytes(memory: str, pointer: PtrType) -> str:
    """The expression for the size of *memory*, an i64 for both types of addresses."""
    pages = f"(memory.size {memory})"
    return f"(i64.shl {f'(i64.extend_i32_u {pages})' if pointer == 'i32' else pages} (i64.const 16))"


def utf16_tag(pointer: PtrType) -> int:
    """What a length of latin1+utf16 has in it where the content is UTF-16."""
    return 1 << (31 if pointer == "i32" else 63)

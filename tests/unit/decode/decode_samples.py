"""Binaries to decode, and decoded syntax without what a hand-written expectation cannot know."""

from __future__ import annotations

import dataclasses
from typing import Any

import wasmtime

from fact.decode import decode

PREAMBLE = b"\0asm\x0d\x00\x01\x00"
CORE_PREAMBLE = b"\0asm\x01\x00\x00\x00"


def assemble(text: str) -> bytes:
    return bytes(wasmtime.wat2wasm(text))


def plain(syntax: Any) -> Any:
    """*syntax* with every offset 0 and every core module's binary empty."""
    if isinstance(syntax, tuple):
        return tuple(plain(item) for item in syntax)
    if not dataclasses.is_dataclass(syntax) or isinstance(syntax, type):
        return syntax
    known = {field.name: plain(getattr(syntax, field.name)) for field in dataclasses.fields(syntax)}
    blank = {"offset": 0, "binary": b""}
    return type(syntax)(**{name: blank.get(name, value) for name, value in known.items()})


def definitions(text: str) -> tuple[Any, ...]:
    """The definitions of component *text*, plain."""
    found: tuple[Any, ...] = plain(decode(assemble(text)).definitions)
    return found


def leb(value: int) -> bytes:
    """The shortest unsigned LEB128."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def section(number: int, body: bytes) -> bytes:
    return bytes([number]) + leb(len(body)) + body


def component(*sections: bytes) -> bytes:
    return PREAMBLE + b"".join(sections)


def nested(depth: int) -> bytes:
    """A component with *depth* components one inside the other."""
    parts = [PREAMBLE]
    size = len(PREAMBLE)
    for _ in range(depth):
        parts.append(PREAMBLE + b"\x04" + leb(size))
        size += len(parts[-1])
    return b"".join(reversed(parts))


def nested_types(depth: int) -> bytes:
    """A component with *depth* component types, each declared in the one before."""
    return component(section(7, b"\x01" + b"\x41\x01\x01" * (depth - 1) + b"\x41\x00"))


EVERYTHING = """
(component $all
  (import "host" (instance $host
    (export "r" (type $r (sub resource)))
    (type $pair (record (field "left" u8) (field "right" string)))
    (export "pair" (type (eq $pair)))
    (export "make" (func (param "n" u32) (result (own $r))))))
  (import "twice" (func $twice (param "x" u32) (result u32)))
  (alias export $host "r" (type $r))
  (core type $unary (func (param i32) (result i32)))
  (core type (module
    (alias outer 1 $unary (type $f))
    (import "env" "f" (func (type $f)))
    (export "memory" (memory 1))))
  (type $shape (variant (case "dot") (case "line" (tuple u8 u8)) (case "text" (list string))))
  (type $answer (result $shape (error (option (flags "a" "b")))))
  (component $inner
    (alias outer $all $answer (type $answer))
    (import "f" (func $f (param "x" u32) (result u32)))
    (core module $m
      (import "env" "f" (func $f (param i32) (result i32)))
      (memory (export "memory") 1)
      (table 1 funcref)
      (elem (i32.const 0) func $f)
      (data (i32.const 0) "data")
      (func (export "run") (param i32) (result i32) (call $f (local.get 0)))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
    (core func $lowered (canon lower (func $f)))
    (core instance $env (export "f" (func $lowered)))
    (core instance $i (instantiate $m (with "env" (instance $env))))
    (func $run (param "x" u32) (result u32) (canon lift (core func $i "run") (memory (core memory $i "memory"))
      (realloc (core func $i "realloc")) string-encoding=utf16))
    (export "run" (func $run)))
  (instance $one (instantiate $inner (with "f" (func $twice))))
  (alias export $one "run" (func $run))
  (instance $two (export "run" (func $run)))
  (core func (canon resource.drop $r))
  (export "two" (instance $two))
  (export "run" (func $run)))
"""
"""A component with every kind of section."""

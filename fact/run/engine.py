"""The wasmtime engine that both of our engines run core wasm on, and its compiled modules."""

from __future__ import annotations

from enum import Enum
from functools import cache, lru_cache

from wasmtime import Config, Engine, Module

from fact.run import raw

MAX_WASM_STACK = 4 << 20
"""Bytes of native stack from the outermost call into core wasm on, Python between nested calls included."""

CACHED_MODULES = 256
CACHED_SUPPORT_MODULES = 256
"""There are far fewer: they only differ by what they do and the types of pointers."""


class Profile(Enum):
    """What wasmtime's compiler is to be good at: short cases of which each is new, or long runs."""

    COMPILES_FAST = "compiles fast"
    RUNS_FAST = "runs fast"


def engine(metered: bool, profile: Profile = Profile.COMPILES_FAST) -> Engine:
    """The engine for code that consumes fuel, or for code that does not."""
    return _engine(metered, profile)


@cache
def _engine(metered: bool, profile: Profile) -> Engine:
    return Engine(configuration(metered, profile))


def configuration(metered: bool, profile: Profile) -> Config:
    config = Config()
    config.consume_fuel = metered
    config.parallel_compilation = False
    config.native_unwind_info = False
    config.wasm_exceptions = True
    config.wasm_tail_call = True
    config.wasm_multi_memory = True
    config.wasm_memory64 = True
    config.wasm_simd = True
    config.wasm_relaxed_simd = True
    config.wasm_relaxed_simd_deterministic = True
    config.wasm_function_references = True
    config.wasm_gc = True
    config.wasm_wide_arithmetic = True
    if profile is Profile.COMPILES_FAST:
        config.cranelift_opt_level = "none"
        raw.use_single_pass_register_allocation(config)
    raw.set_stack_size(config, MAX_WASM_STACK)
    return config


def compile_module(source: bytes | str, metered: bool, profile: Profile = Profile.COMPILES_FAST) -> Module:
    """A core module compiled from its binary, or from text; the same one for the same source and engine, as a rule.

    Raises `WasmtimeError`.
    """
    return _compiled(source, _engine(metered, profile))


def compile_support_module(wat: str, metered: bool, profile: Profile) -> Module:
    """As `compile_module`; the modules of cases do not push it out of memory."""
    return _compiled_support(wat, _engine(metered, profile))


@lru_cache(maxsize=CACHED_MODULES)
def _compiled(source: bytes | str, engine: Engine) -> Module:
    return Module(engine, source)


@lru_cache(maxsize=CACHED_SUPPORT_MODULES)
def _compiled_support(wat: str, engine: Engine) -> Module:
    return Module(engine, wat)

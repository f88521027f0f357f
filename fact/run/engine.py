"""The wasmtime engine that both of our engines run core wasm on, and its compiled modules."""

from __future__ import annotations

from functools import cache, lru_cache

from wasmtime import Config, Engine, Module

from fact.run import raw

MAX_WASM_STACK = 4 << 20
"""Bytes of native stack from the outermost call into core wasm on, Python between nested calls included."""

CACHED_MODULES = 256


@cache
def engine(metered: bool) -> Engine:
    """The engine for code that consumes fuel, or for code that does not. Compiles fast rather than well."""
    config = Config()
    config.consume_fuel = metered
    config.parallel_compilation = False
    config.cranelift_opt_level = "none"
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
    raw.use_single_pass_register_allocation(config)
    raw.set_stack_size(config, MAX_WASM_STACK)
    return Engine(config)


@lru_cache(maxsize=CACHED_MODULES)
def compile_module(source: bytes | str, metered: bool) -> Module:
    """A core module compiled from its binary, or from text. Raises `WasmtimeError`."""
    return Module(engine(metered), source)

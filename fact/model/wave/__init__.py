"""WAVE, the text form of component values, and invocations written in it: `instance#name([1, 2], {a: "x"}, some('y'))`.

Grammar: the WebAssembly Value Encoding of wasm-tools (crate wasm-wave). White space and `//` comments may stand between
all tokens. What WAVE has no form for is written as what it is in the ABI: a `map<K, V>` as a list of tuples, a
`list<T, N>` as a list, a handle (`own`, `borrow`) as `#` and its number: `#1`.
"""

from fact.model.wave.calls import Argument, Invocation, parse_invocation, split_invocation
from fact.model.wave.display import SHOWN, show_value
from fact.model.wave.lexis import WaveError
from fact.model.wave.reader import parse_value
from fact.model.wave.writer import format_value

__all__ = [
    "SHOWN", "Argument", "Invocation", "WaveError", "format_value", "parse_invocation", "parse_value", "show_value",
    "split_invocation",
]

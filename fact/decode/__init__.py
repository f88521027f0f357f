"""Component binaries to `fact.model.syntax`, after Binary.md: one file for each kind of section."""

from fact.decode.component import decode
from fact.decode.core_modules import decode_core_module
from fact.decode.preamble import Layer, layer

__all__ = ["Layer", "decode", "decode_core_module", "layer"]

"""FACT, the fused-adapter compiler: every lower of a lift becomes a function of a generated core module.

- `module`: `compile_adapters`, from a partitioned plan to the text of its adapter modules
- `call`: the order of one call
- `scalars`: lifting and lowering one value
- `signature`: flattening and layout
- `reentrance`, `exceptions`: what a plan rules out, so that adapters need not check it
- `scope`: imports, names and sites of one module
- `wat`: the writer
"""

from fact.adapters.module import compile_adapters
from fact.adapters.reentrance import entered, reenterable

__all__ = ["compile_adapters", "entered", "reenterable"]

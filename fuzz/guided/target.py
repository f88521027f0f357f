"""What libFuzzer is given: a function that runs an input, and functions that change inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Mutate = Callable[[bytes, int, int], bytes]
"""An input, the most bytes that the result may have, and a seed, on which alone the result depends."""

Cross = Callable[[bytes, bytes, int, int], bytes]
"""The same of two inputs: the first with something of the second."""

Change = Callable[[bytes, int], bytes]
"""Some bytes changed without knowing what they are, and the most that there may be."""


@dataclass(frozen=True, slots=True)
class Target:
    """*run* raises for what is to be reported: libFuzzer then writes the input as an artifact and ends. Without
    *mutate* and *cross*, libFuzzer changes bytes. *told* is a line for people about what was reached so far.

    *flags* are libFuzzer's, by name, for when the user does not give them. *own* are arguments of ours (they begin with
    `--`) that the processes which libFuzzer starts need as well.
    """

    name: str
    run: Callable[[bytes], object]
    mutate: Mutate | None = None
    cross: Cross | None = None
    told: Callable[[], str] | None = None
    flags: Mapping[str, str] = field(default_factory=dict)
    own: tuple[str, ...] = ()

"""What the host has for the root beyond functions and resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from fact.model.syntax import Component, CoreModule

Path: TypeAlias = tuple[str, ...]
"""The name of an import of the root, or of the instance and of what it exports, as in `HostImport.path`."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The modules and components that the root imports, by path, and which of the host's resources are the same.

    Each import of a resource by the root is a resource type of its own, unless *same_resource* maps its path to the
    path that stands for both.
    """

    modules: Mapping[Path, CoreModule] = field(default_factory=dict)
    components: Mapping[Path, Component] = field(default_factory=dict)
    same_resource: Mapping[Path, Path] = field(default_factory=dict)

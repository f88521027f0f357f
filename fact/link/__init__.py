"""Syntax to Plan: `link` resolves a component tree, `partition` groups its adapters into adapter modules."""

from fact.link.environment import Environment
from fact.link.linker import link
from fact.link.partition import partition

__all__ = ["Environment", "link", "partition"]

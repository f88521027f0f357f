"""Carries out a Plan on wasmtime's core API; the boundary between the host and guests."""

from __future__ import annotations

from fact.run.branches import BranchCounts
from fact.run.engine import Profile
from fact.run.host import Host
from fact.run.instance import Instance
from fact.run.observer import Entered, HandleUse, Observer, Role
from fact.run.prepare import Prepared, prepare_compiled, prepare_observed, prepare_reference

__all__ = [
    "BranchCounts", "Entered", "HandleUse", "Host", "Instance", "Observer", "Prepared", "Profile", "Role",
    "prepare_compiled", "prepare_observed", "prepare_reference",
]

"""All planted faults, and all foci in which they are hunted."""

from __future__ import annotations

from faulty import Fault
from faulty_adapters import ADAPTER_FAULTS
from faulty_boundaries import BOUNDARY_FAULTS
from faulty_compiler import COMPILER_FAULTS
from faulty_context import CONTEXT_FAULTS
from faulty_handles import HANDLE_FAULTS
from faulty_handles_reference import HANDLE_REFERENCE_FAULTS
from faulty_order import ORDER_FAULTS
from faulty_plans import PLAN_FAULTS
from faulty_reference import REFERENCE_FAULTS
from faulty_strings import STRING_FAULTS
from faulty_vectors import VECTOR_FAULTS

FAULTS: tuple[Fault, ...] = (
    *ADAPTER_FAULTS, *STRING_FAULTS, *COMPILER_FAULTS, *PLAN_FAULTS, *REFERENCE_FAULTS, *HANDLE_FAULTS,
    *HANDLE_REFERENCE_FAULTS, *CONTEXT_FAULTS, *VECTOR_FAULTS, *BOUNDARY_FAULTS, *ORDER_FAULTS,
)

BY_NAME = {fault.name: fault for fault in FAULTS}

FOCI = tuple({fault.hunt.focus.name: fault.hunt.focus for fault in FAULTS}.values())

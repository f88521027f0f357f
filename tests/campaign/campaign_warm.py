"""Imported once by the process that workers of the tests are forked from: afterwards they start within milliseconds."""

from __future__ import annotations

from campaign_fakes import small_blueprints

import fuzz.campaign.worker
import fuzz.engines.registry
import fuzz.minimise.crashes  # noqa: F401
from generators.stream import CaseStream

CaseStream(small_blueprints(), 1)(0)

"""A plan under watch: what its instances exercise, added up."""

from __future__ import annotations

from fact.model.plan import Plan
from fuzz.coverage import graphs
from fuzz.coverage.crossings import Crossings
from fuzz.coverage.trace import Trace, fault


class Watch:
    """The features of *plan* and of all its instances so far, in `found`. Never raises: a mistake of this package is
    told among the features, and does not become an outcome of whoever runs the instances."""

    def __init__(self, plan: Plan) -> None:
        self.found: set[str] = set()
        self._crossings = Crossings(plan)
        try:
            self.found.update(graphs.facts(plan))
        except Exception as error:
            self.found.add(fault(error))

    def trace(self) -> Trace:
        """Of a new instance."""
        return Trace(self._crossings, self.found)

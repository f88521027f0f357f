"""`features.json`: written while a campaign runs, whole at any time, added to by the next one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fuzz.campaign import CampaignConfig, run_campaign
from fuzz.campaign.tally import Tally
from fuzz.coverage.possible import POSSIBLE
from fuzz.coverage.store import NAME, FeatureStore, Run, load_runs
from fuzz.engines.registry import open_traced
from fuzz.errors import UsageError
from fuzz.examine import by_name, examine
from generators.families import cases, swarm
from generators.stream import CaseStream


def test_runs_of_other_seeds_are_kept_and_the_same_seed_is_replaced_by_a_longer_run(tmp_path: Path) -> None:
    FeatureStore(tmp_path).write(Run(1, 100, {"a: x": (3, 7)}))
    store = FeatureStore(tmp_path)
    store.write(Run(2, 10, {"a: x": (1, 0)}))
    store.write(Run(2, 20, {"a: x": (2, 0), "a: y": (1, 15)}))
    assert load_runs(tmp_path / NAME) == (
        Run(1, 100, {"a: x": (3, 7)}), Run(2, 20, {"a: x": (2, 0), "a: y": (1, 15)}),
    )
    again = FeatureStore(tmp_path)
    again.write(Run(1, 40, {"a: x": (1, 7)}))
    assert {run.seed: run.cases for run in load_runs(tmp_path / NAME)} == {1: 100, 2: 20}, "its cases are among the 100"
    again.write(Run(1, 140, {"a: x": (4, 7)}))
    assert {run.seed: run.cases for run in load_runs(tmp_path / NAME)} == {1: 140, 2: 20}


def test_a_file_that_is_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("[]")
    with pytest.raises(UsageError, match="no record of features seen"):
        FeatureStore(tmp_path)


def test_counts_add_up_for_any_number_of_reports() -> None:
    """Cases and lowest case numbers are the same whether a worker reports once or after every case."""
    engines, stream = by_name(open_traced(["reference"])), CaseStream(cases(), 3)
    index = {feature: i for i, feature in enumerate(sorted(POSSIBLE))}
    whole, once, each = Tally(), dict[int, int](), dict[int, int]()
    added: dict[int, int] = {}
    for number in range(6, -1, -1):
        examined = examine(stream(number), engines)
        whole.add(number, examined, {})
        part = Tally()
        part.add(number, examined, {})
        report = part.report(number + 1, True, index, each)
        assert report.unlisted == () and set(report.first.values()) <= {number}
        for feature, count in report.features.items():
            added[feature] = added.get(feature, 0) + count
    assert whole.report(7, True, index, once).features == added
    assert max(added.values()) == 7
    assert once == each, "numbers went down, and each lower one was told"


def test_a_campaign_records_the_features_of_its_cases(tmp_path: Path) -> None:
    """As many cases, and the same first one, as examining each by itself tells."""
    config = CampaignConfig(seed=1, engines=("reference",), cases=20, workers=2, out=tmp_path / "out")
    figures = run_campaign(config, lambda _: None).figures
    (run,) = load_runs(tmp_path / "out" / NAME)
    engines, stream, expected = by_name(open_traced(["reference"])), CaseStream(swarm, 1), dict[str, tuple[int, int]]()
    for number in range(20):
        for feature in examine(stream(number), engines).features:
            count, first = expected.get(feature, (0, number))
            expected[feature] = count + 1, first
    assert run == Run(1, 20, expected)
    assert (figures.features_seen, figures.features_possible) == (len(expected), len(POSSIBLE))


SCRIPT = """
import sys
from pathlib import Path
from fuzz.campaign import CampaignConfig, run_campaign, supervisor
supervisor.STORE_SECONDS = 0.1
config = CampaignConfig(seed=1, engines=("reference",), seconds=60.0, workers=1, out=Path(sys.argv[1]))
run_campaign(config, lambda _: None)
"""


def test_what_a_killed_campaign_has_recorded_is_there_and_the_next_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(out)])
    try:
        deadline = time.monotonic() + 30
        while not (out / NAME).exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    (run,) = load_runs(out / NAME)
    assert run.cases > 0 and run.features
    FeatureStore(out).write(Run(2, 1, {}))
    assert load_runs(out / NAME) == (run, Run(2, 1, {})), "the next one adds to it"

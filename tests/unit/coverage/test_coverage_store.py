"""Features that a campaign counts, in its store."""

from __future__ import annotations

from pathlib import Path

from fuzz.campaign import CampaignConfig, run_campaign
from fuzz.campaign.tally import Tally
from fuzz.coverage.possible import ORDER, POSSIBLE
from fuzz.engines.registry import open_traced
from fuzz.examine import by_name, examine
from fuzz.store.records import Seen
from fuzz.store.store import Store
from generators.families import cases, swarm
from generators.stream import CaseStream


def test_counts_add_up_for_any_number_of_reports() -> None:
    """Cases, and the first and the last of their numbers, are the same whether a worker reports once or after every
    case."""
    engines, stream = by_name(open_traced(["reference"])), CaseStream(cases(), 3)
    index = {feature: i for i, feature in enumerate(ORDER)}
    whole, added = Tally(), dict[int, Seen]()
    for number in range(7):
        examined = examine(stream(number), engines)
        part = Tally()
        for tally in (whole, part):
            tally.add(number, examined, {})
        report = part.report(number, number + 1, True, index)
        assert report.unlisted == () and set(report.features.values()) == {(1, number, number)}
        for feature, seen in report.features.items():
            added[feature] = added[feature].plus(Seen(*seen)) if feature in added else Seen(*seen)
    assert {f: Seen(*seen) for f, seen in whole.report(0, 7, True, index).features.items()} == added
    assert max(seen.cases for seen in added.values()) == 7


def test_a_campaign_records_the_features_of_its_cases(tmp_path: Path) -> None:
    """In as many cases, and the same first and last one, as examining each by itself tells."""
    config = CampaignConfig(seed=1, engines=("reference",), cases=20, workers=2, out=tmp_path / "out")
    figures = run_campaign(config, lambda _: None).figures
    engines, stream, expected = by_name(open_traced(["reference"])), CaseStream(swarm, 1), dict[str, Seen]()
    for number in range(20):
        for feature in examine(stream(number), engines).features:
            expected[feature] = expected.get(feature, Seen(0, number, number)).plus(Seen(1, number, number))
    with Store.reading(tmp_path / "out") as store:
        ((run, key),) = store.runs()
        counts = store.totals(run)
    assert (key.seed, counts.cases, counts.features, counts.unlisted) == (1, 20, expected, ())
    assert frozenset(store.possible()) == POSSIBLE
    assert (figures.features_seen, figures.features_possible) == (len(expected), len(POSSIBLE))

"""What a page says of a store."""

from __future__ import annotations

from dataclasses import replace as replaced

import msgspec
import pytest
from msgspec.structs import replace
from report_samples import ENGINES, EVENING, HOUR, KEY, KNOWN, SampleStore, empty_store, finding, night, page

from fuzz.coverage.possible import EXCLUDED, ORDER, UNDRAWN
from fuzz.report.gather import Outside, Shown, page_of
from fuzz.report.page import Page, Place
from fuzz.report.specification import DOCUMENT, section_view
from fuzz.store.records import Counts, Death, KnownCheck, RunKey, Seen, Session


def test_of_nothing():
    seen = page(empty_store())
    assert seen.sentences == ("No case was run.",)
    assert (seen.cases, seen.findings, seen.plots, seen.began, seen.until) == (0, (), (), None, None)
    assert seen.features_possible == len(ORDER)


def test_a_night_in_a_sentence():
    said = " ".join(page(night(2)).sentences)
    assert said == ("In 8 h, 1,411,200 cases: 2 findings; native stands alone in 2. 1 of them did not come again every "
                    "time. 2 known differences showed 1,863 times. 1 known difference no longer occurs.")


def test_classes_are_counted_once_each():
    first = page(night(6)).sentences[0]
    assert first == ("In 8 h, 1,411,200 cases: 6 findings; native stands alone in 2, 1 is a crash, 1 is a hang, 1 "
                     "takes too much memory or output and 1 is a place where the specification is unclear.")


def test_a_night_without_findings():
    store = replaced(night(0), checks=())
    store.counts = {run: replace(c, known={}) for run, c in store.counts.items()}
    assert page(store).sentences == ("In 8 h, 1,411,200 cases: nothing that is not known.",)


def test_a_campaign_that_runs():
    seen = page(night(0), running=True)
    assert [s.ended for s in seen.sessions] == ["still running", "its time was over"]
    assert seen.sentences[-1] == "The campaign is still running."
    assert page(night(0)).sessions[0].ended == "killed: it never said that it ended"


def test_of_several_sessions_without_an_end_only_those_that_run_are_said_to():
    store = night(0)
    store.ran = tuple(replace(s, ended="") for s in (*store.ran, replace(store.ran[1], id="another", host="two")))
    seen = page_of(store, Outside(("A", "B"), {"b" * 8, "another"}, KNOWN, {}))
    assert [s.ended for s in seen.sessions] == ["killed: it never said that it ended", "still running", "still running"]


def test_findings_stand_by_class_the_flaky_ones_last():
    kinds = [(f.kind, f.flaky, f.cases) for f in page(night(12)).findings]
    assert kinds == [
        ("engine wrong", False, 262), ("engine wrong", False, 225), ("engine wrong", False, 40),
        ("engine wrong", True, 3),
        ("crash", False, 77), ("crash", True, 299), ("hang", False, 373), ("hang", True, 151),
        ("resource use", False, 410), ("resource use", False, 188),
        ("specification unclear", False, 336), ("specification unclear", False, 114),
    ]


def test_an_article_has_everything():
    seen = page(night(1)).findings[0]
    kept = finding(0)
    assert (seen.name, seen.title, seen.sides, seen.why) == \
        (kept.name, kept.verdict.title, kept.verdict.sides, kept.verdict.why)
    assert (seen.cases, seen.first, seen.last) == (3, Place(7, 0), Place(7, 9000))
    assert (seen.reproduced, seen.tried, seen.flaky) == (2, 3, True)
    assert seen.origin == Place(7, 17)
    assert seen.rerun == f"factfuzz run night/findings/{kept.name}.wast"
    assert '"returned": "7"' in seen.observed
    assert seen.section.link.endswith("#canon-lower")


def test_a_finding_that_is_known_by_now_stands_apart():
    seen = page(night(3), {finding(1).name: "wasmtime-self-call"})
    assert [f.name for f in seen.known_findings] == [finding(1).name]
    assert finding(1).name not in [f.name for f in seen.findings]
    assert seen.known_findings[0].known_as is not None
    assert seen.known_findings[0].known_as.title == KNOWN["wasmtime-self-call"].title
    assert "1 finding became known since." in seen.sentences


def test_known_differences_seen_and_gone():
    seen = page(night(0))
    assert [(k.id, k.cases) for k in seen.known] == [("wasmtime-lent-before-type", 1840), ("wasmtime-self-call", 23)]
    assert [(k.id, k.agrees) for k in seen.gone] == \
        [("wasmtime-fixed-since", ("reference 0.1.0, compiled 0.1.0, native 50.0.1",))]


def test_a_known_difference_that_nobody_knows_here_is_counted_all_the_same():
    store = night(0)
    store.counts = {KEY.id: replace(store.counts[KEY.id], known={"of-another-tree": Seen(4, 1, 9)})}
    assert [(k.id, k.cases, k.title) for k in page(store).known] == \
        [("of-another-tree", 4, "of-another-tree, which is not among the known differences here")]


def test_a_script_that_was_lost_leaves_the_rest():
    class Lost(SampleStore):
        def case_text(self, sha: str) -> str:
            raise FileNotFoundError(sha)

    store = night(1)
    seen = page(Lost(store.keys, store.counts, store.kept, {}, store.ran, store.sampled, store.lost, store.checks))
    assert seen.findings[0].wast == ""
    assert seen.findings[0].title


def test_lost_workers_name_the_finding_that_they_became():
    seen = page(night(3))
    assert [(d.how, d.place, d.finding_name != "") for d in seen.deaths] == [
        ("aborted (signal 6)", Place(7, 7000), True), ("killed by signal 9", Place(7, 5001), False),
        ("aborted (signal 6)", Place(7, 7002), True), ("killed by signal 9", Place(7, 5003), False),
    ]
    anchors = {f.name: f.anchor for f in seen.findings}
    assert all(anchors[d.finding_name] == d.finding for d in seen.deaths if d.finding)


def test_a_loss_between_cases_and_of_a_session_that_is_not_there():
    store = night(0)
    store.lost = (Death("nobody", 1, EVENING, "exit status 1"),)
    assert [(d.place, d.host) for d in page(store).deaths] == [(None, "")]


# -- features


def test_every_feature_is_there_never_seen_ones_first_then_the_rarest():
    seen = page(night(0))
    assert sum(g.possible for g in seen.groups) == len(ORDER) == seen.features_possible
    assert seen.features_seen == sum(1 for n in range(len(ORDER)) if n % 53)
    for group in seen.groups:
        counts = [f.cases for f in group.features]
        assert counts == sorted(counts)
        assert group.seen == sum(count > 0 for count in counts)


def test_reasons_for_what_is_never_seen():
    store = night(0)
    store.counts = {KEY.id: replace(store.counts[KEY.id], features={})}
    seen = page(store)
    reasons = {f"{g.name}: {f.fact}": f.why for g in seen.groups for f in g.features if f.why}
    assert reasons == UNDRAWN
    assert sum(len(g.excluded) for g in seen.groups) == len(EXCLUDED)


def test_features_of_another_version_stay():
    class Other(SampleStore):
        def possible(self) -> tuple[str, ...]:
            return ("value: of tomorrow", "tomorrow: entirely", ORDER[0])

    store = night(0)
    seen = page(Other(store.keys, {KEY.id: Counts(features={"tomorrow: entirely": Seen(2, 3, 9)})}))
    assert [(g.name, [f.fact for f in g.features]) for g in seen.groups] == [
        ("type", [ORDER[0].partition(": ")[2]]), ("value", ["of tomorrow"]), ("tomorrow", ["entirely"])]
    assert seen.groups[2].features[0].first == Place(7, 3)


# -- several runs


def two_runs() -> Page:
    other = RunKey(8, (*ENGINES[:2], ("native", "51.0.0")), "free", "generators.stream:case", "0.1.0")
    seen = {KEY.id: Seen(5, 100, 900), other.id: Seen(2, 7, 30)}
    signature = finding(0).signature
    store = SampleStore(
        {KEY.id: KEY, other.id: other},
        {run: Counts(cases=1000, signatures={signature: one}, known={"wasmtime-self-call": one})
         for run, one in seen.items()},
        (finding(0),), {finding(0).smallest.sha: "(component)"},
        (Session("a", KEY.id, "one", 1, 2, EVENING, HOUR, 1000, "time"),
         Session("b", other.id, "two", 1, 2, EVENING, HOUR, 1000, "time")),
        checks=(KnownCheck(KEY.id, "wasmtime-self-call", "differs"),
                KnownCheck(other.id, "wasmtime-self-call", "agrees")),
    )
    return page_of(store, Outside(("A", "B"), (), KNOWN, {signature: Shown("p", "r")}))


def test_numbers_of_cases_come_with_the_seed_of_their_run():
    seen = two_runs()
    found = seen.findings[0]
    assert (found.cases, found.first, found.last) == (7, Place(7, 100), Place(8, 30))
    assert [(r.seed, r.cases) for r in seen.runs] == [(7, 1000), (8, 1000)]
    assert [(e.name, e.versions) for e in seen.engines][2] == ("native", ("50.0.1", "51.0.0"))


def test_what_is_gone_with_one_version_and_not_with_another():
    gone, = two_runs().gone
    assert gone.agrees == ("reference 0.1.0, compiled 0.1.0, native 51.0.0",)
    assert gone.differs == ("reference 0.1.0, compiled 0.1.0, native 50.0.1",)


def test_time_on_two_machines_at_once_counts_once():
    assert two_runs().seconds == HOUR


# -- links and data


@pytest.mark.parametrize("text, said, heading", [
    ("CanonicalABI.md, Loading: lift_own; canon resource.drop", None, "#loading"),
    ("canon lower: trap_if(not may_leave)", "CanonicalABI.md, canon lower: trap_if(not may_leave)", "#canon-lower"),
    ("CanonicalABI.md, Flat Lifting: lift_flat_variant", None, "#flat-lifting"),
    ("CanonicalABI.md, Lifting and Lowering Values and canon lift: task.start()", None, "#lifting-and-lowering-values"),
    ("CanonicalABI.md, LiftLowerContext (reallocate)", None, "#lifting-and-lowering-context"),
    ("canon resource.new and canon resource.drop", "CanonicalABI.md, canon resource.new and canon resource.drop",
     "#canon-resourcenew"),
    ("CanonicalABI.md, something else", None, ""),
])
def test_links_go_to_the_first_heading_that_a_section_names(text: str, said: str | None, heading: str):
    view = section_view(text)
    assert view.text == (said or text)
    assert view.link == DOCUMENT + heading


def test_what_is_no_section_of_the_specification_has_no_link():
    assert section_view("core wasm").link == ""
    assert section_view("").text == ""


def test_the_data_is_json_that_reads_back_as_the_same():
    seen = page(night(3))
    assert msgspec.json.decode(msgspec.json.encode(seen), type=Page) == seen

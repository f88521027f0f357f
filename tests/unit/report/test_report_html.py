"""The page as a file: whole, inert, the same every time, and not too large."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from dataclasses import replace as replaced

import pytest
from msgspec.structs import replace
from report_checker import checked
from report_samples import (
    HOSTILE,
    KNOWN,
    SCRIPT,
    SampleKnown,
    SampleStore,
    empty_store,
    finding,
    night,
    page,
)

from fuzz.report.gather import Outside, Shown, page_of
from fuzz.report.render import render
from fuzz.store.records import Death, Session
from fuzz.triage.records import SideSaw, Verdict


def test_an_empty_store_gives_a_whole_page():
    seen = checked(render(page(empty_store())))
    assert seen.problems == []
    assert "No case was run." in " ".join(seen.text)


@pytest.mark.parametrize("count", [0, 1, 50])
def test_a_night_gives_a_whole_page(count: int):
    seen = checked(render(page(night(count))))
    assert seen.problems == []
    assert seen.tags["article"] == count


def test_links_lead_outside_only_to_the_specification_and_to_discussions():
    links = set(checked(render(page(night(2, 0.1)))).outside)
    assert links == {
        "https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#canon-lower",
        "https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#loading",
        "https://github.com/WebAssembly/component-model/pull/705",
    }


def test_the_same_records_give_the_same_bytes():
    assert render(page(night(5))) == render(page(night(5)))


def test_the_policy_allows_nothing_but_what_is_in_the_page():
    html = render(page(night(1)))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    assert policy[1].startswith("default-src &#39;none&#39;; img-src data:; ")
    for tag in ("style", "script"):
        text, = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src &#39;sha256-{digest}&#39;" in policy[1]


def test_a_night_is_small_and_quick():
    began = time.process_time()
    html = render(page(night(0)))
    assert len(html.encode()) < 600_000
    assert time.process_time() - began < 4


# -- what comes from engines and cases


def hostile_store(text: str) -> SampleStore:
    """A night in which every text is *text*."""
    store = night(1, 0.1)
    one = finding(0)
    verdict = Verdict(one.verdict.kind, text, (SideSaw((text, "compiled"), text, (text,)), SideSaw(("native",), text)),
                      text, f"CanonicalABI.md, Loading: {text}", text, text, text, (text, text))
    kept = replace(one, name=text, signature=text, verdict=verdict, document=b'["%s"]' % b"<b>", features=(text,))
    session = store.ran[0]
    return replaced(
        store, kept=(kept,), texts={kept.smallest.sha: f"{SCRIPT}(;{text};)\n;; factfuzz-{text}{'x' * 300}\n"},
        ran=(replace(session, host=text, ended=f"error: {text}"), *store.ran[1:]),
        lost=(Death(session.id, 1, session.began, text, 7, text, text), Death(text, 1, session.began, text)),
        keys={run: replace(key, engines=((text, text),), source=text, factfuzz=text, reentrance=text)
              for run, key in store.keys.items()},
        counts={run: replace(c, unmapped={text: 3}, unlisted=(text,), engines={text: c.engines["native"]},
                             own={text: 1.0}, known={text: next(iter(c.known.values()))},
                             signatures={text: next(iter(c.signatures.values()))})
                for run, c in store.counts.items()},
        sampled=tuple(replace(s, engines={text: s.engines["native"]}) for s in store.sampled),
    )


def hostile_page(text: str) -> str:
    known = {text: SampleKnown(text, text, text, f"CanonicalABI.md, {text}", "https://example.org/")}
    return render(page_of(hostile_store(text), Outside((text,), ("b" * 8,), known, {text: Shown(text, text, text)})))


@pytest.mark.parametrize("text", [
    HOSTILE, "<!--", "]]>", "</style><style>*{display:none}</style>", "{{ 7 * 7 }}{% raw %}", '" onload="x',
    "javascript:alert(1)", "&lt;", "\\", "a" * 5000,
])
def test_text_from_elsewhere_is_inert(text: str):
    plain, bad = checked(hostile_page("text")), checked(hostile_page(text))
    assert bad.problems == []
    assert bad.tags == plain.tags
    assert text in "".join(bad.text)


def test_links_of_known_differences_that_are_no_links_are_left_out():
    store = night(0, 0.1)
    known = {id: SampleKnown(id, link="javascript:alert(1)") for id in KNOWN}
    html = render(page_of(store, Outside(("night",), (), known, {})))
    assert checked(html).problems == []
    assert "javascript:" not in html


def test_control_characters_and_such_as_turn_text_round_are_visible():
    html = hostile_page("a\0b\x1b[31mc\x7fd\u202ee\u200bf\ud800g\rh\ufeffi\x85j\u2028k")
    unseen = [c for c in html if not c.isprintable() and c != "\n"]
    assert unseen == []
    assert "a␀b␛[31mc␡d&lt;U+202E&gt;e&lt;U+200B&gt;f&lt;U+D800&gt;g␍h&lt;U+FEFF&gt;i&lt;U+0085&gt;j" in html


def test_a_script_keeps_which_characters_are_shown_as_pictures():
    html = render(page(night(1, 0.1, text='(;\x07\u202e;)\n(component "é😀")\n')))
    assert '<span>(;<b data-code="7">␇</b><b data-code="8238">&lt;U+202E&gt;</b>;)\n</span>' in html
    assert "<span>(component &#34;é😀&#34;)\n</span>" in html


def test_a_script_too_long_for_a_page_is_cut_and_says_so():
    html = render(page(night(1, 0.1, text="(;x;)" * 50_000)))
    assert len(html) < 700_000
    assert "50,000 more characters are in <code>night/findings/" in html


def test_a_session_in_a_clock_out_of_all_bounds():
    session = Session("z", "no-such-run", "h", 1, 1, 1e300, 10.0, 5, "")
    assert checked(render(page(replaced(empty_store(), ran=(session,))))).problems == []

"""The page in a real browser: at three widths at once, in frames of one page; and on paper."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from report_samples import HOSTILE, SCRIPT, finding, night, page
from test_report_html import hostile_page

from fuzz.report.render import render

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WIDTHS = (360, 768, 1280)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")

WATCH = """
const problems = [];
addEventListener("error", (e) => problems.push("error: " + e.message), true);
addEventListener("unhandledrejection", (e) => problems.push("rejected: " + e.reason));
addEventListener("securitypolicyviolation", (e) =>
  problems.push("policy: " + e.violatedDirective + " " + e.blockedURI));
for (const name of ["error", "warn"]) console[name] = (...what) => problems.push(name + ": " + what.join(" "));
"""
PROBE = """
addEventListener("load", () => {
  const root = document.documentElement, all = (what) => [...document.querySelectorAll(what)];
  const overflow = () => [root.scrollWidth, root.clientWidth];
  const told = { closed: overflow() };
  all("details").forEach((d) => { d.open = true; });
  told.open = overflow();
  told.outside = all("main *").filter((e) => !e.closest("pre, svg, table.series, .away")
    && e.getClientRects().length && e.getBoundingClientRect().right > root.clientWidth + 1)
    .map((e) => e.outerHTML.slice(0, 80));
  const table = document.querySelector("table.sortable");
  if (table) {
    const column = [...table.tHead.rows[0].cells].findIndex((c) => c.textContent === "cases");
    const cells = () => [...table.tBodies[0].rows].map((r) => Number(r.cells[column].dataset.sort));
    told.before = cells();
    table.tHead.rows[0].cells[column].querySelector("button").click();
    told.up = cells();
    table.tHead.rows[0].cells[column].querySelector("button").click();
    told.down = cells();
    told.sorted = table.tHead.rows[0].cells[column].getAttribute("aria-sort");
  }
  let copied = "";
  Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => { copied = text; } } });
  const copy = document.querySelector(".script button.copy");
  if (copy) copy.click();
  told.hidden = all("button[hidden]").length;
  told.plots = all("svg.plot").filter((s) => s.getClientRects().length).map((s) => s.getAttribute("class"));
  told.font = Math.min(...all("svg.plot text").filter((t) => t.getClientRects().length)
    .map((t) => t.getBoundingClientRect().height));
  setTimeout(() => {
    told.copied = copied;
    told.title = document.title;
    told.images = document.images.length;
    told.requests = performance.getEntriesByType("resource").map((e) => e.name).filter((n) => n !== "data:,");
    told.problems = problems;
    parent.postMessage([innerWidth, told], "*");
  }, 50);
});
"""
FRAMES = """<!doctype html><title>frames</title><pre id="told"></pre><script>
const told = {};
addEventListener("message", (e) => {
  told[e.data[0]] = e.data[1];
  document.getElementById("told").textContent = JSON.stringify(told);
});
</script>"""


def browse(*arguments: str, profile: Path) -> str:
    assert BROWSER is not None
    done = subprocess.run(
        [BROWSER, "--headless=new", "--no-sandbox", "--hide-scrollbars", "--disable-gpu", "--no-first-run",
         "--disable-extensions", "--disable-background-networking", f"--user-data-dir={profile}", *arguments],
        capture_output=True, timeout=60, check=True,
    )
    return done.stdout.decode()


def probed(text: str) -> str:
    """A copy of the page that watches itself; its policy allows no more than that."""
    def digest(script: str) -> str:
        return "&#39;sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "&#39; "

    text = text.replace("script-src ", f"script-src {digest(WATCH)}{digest(PROBE)}", 1)
    text = text.replace("<style>", f"<script>{WATCH}</script>\n<style>", 1)
    before, after = text.rsplit("</body>", 1)
    return f"{before}<script>{PROBE}</script></body>{after}"


def told(text: str, directory: Path, widths: tuple[int, ...] = WIDTHS) -> dict[int, dict[str, Any]]:
    """What the page tells of itself at each width."""
    (directory / "page.html").write_text(probed(text), encoding="utf-8")
    frames = "".join(f'<iframe src="page.html" style="width:{w}px;height:900px;border:0"></iframe>' for w in widths)
    host = directory / "frames.html"
    host.write_text(FRAMES + frames, encoding="utf-8")
    dom = browse("--window-size=1400,1000", "--virtual-time-budget=4000", "--dump-dom", host.as_uri(),
                 profile=directory / "profile")
    found = re.search(r'<pre id="told">(.*?)</pre>', dom, re.DOTALL)
    assert found is not None, dom[:500]
    return {int(width): what for width, what in json.loads(html.unescape(found[1]) or "{}").items()}


@pytest.fixture(scope="module")
def a_night(tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict[str, Any]]:
    store = night(7, text=SCRIPT.replace("run", "run" * 20))
    seen = told(render(page(store, {finding(1).name: "wasmtime-self-call"})), tmp_path_factory.mktemp("night"))
    assert seen.keys() == set(WIDTHS)
    return seen


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_reaches_past_the_side(a_night: dict[int, dict[str, Any]], width: int):
    seen = a_night[width]
    assert seen["closed"] == [width, width]
    assert seen["open"] == [width, width]
    assert seen["outside"] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_it_loads_nothing_and_nothing_goes_wrong(a_night: dict[int, dict[str, Any]], width: int):
    assert a_night[width]["requests"] == []
    assert a_night[width]["problems"] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_plots_fit_the_width_and_their_text_can_be_read(a_night: dict[int, dict[str, Any]], width: int):
    assert a_night[width]["plots"] == ["plot narrow" if width < 500 else "plot wide"] * 3
    assert a_night[width]["font"] >= 10


def test_findings_are_sorted_by_a_click_on_a_header(a_night: dict[int, dict[str, Any]]):
    seen = a_night[1280]
    assert seen["up"] == sorted(seen["before"]) != seen["before"]
    assert seen["down"] == sorted(seen["before"], reverse=True)
    assert seen["sorted"] == "descending"


def test_a_script_is_copied_without_the_numbers_of_its_lines(a_night: dict[int, dict[str, Any]]):
    """Of the finding that stands first: it is the most frequent of its class that is not flaky."""
    seen = a_night[1280]
    assert seen["hidden"] == 0
    assert seen["copied"] == SCRIPT.replace("run", "run" * 20).replace("u32.const 7", "u32.const 6")


def test_hostile_text_does_nothing_and_breaks_nothing(tmp_path: Path):
    text = f"{HOSTILE}\x07\u202e{'long' * 100}"
    seen = told(hostile_page(text), tmp_path, (360, 1280))
    for width in (360, 1280):
        assert seen[width]["outside"] == []
        assert seen[width]["images"] == 0
        assert seen[width]["title"].startswith("factfuzz: </script></title>")
        assert seen[width]["problems"] == seen[width]["requests"] == []
        assert seen[width]["open"] == [width, width]
        assert seen[width]["copied"].splitlines()[-2].endswith(f"(;{text};)")


def test_on_paper_each_finding_has_pages_of_its_own_and_all_features_are_there(tmp_path: Path):
    path, pdf = tmp_path / "page.html", tmp_path / "page.pdf"
    whole = render(page(night(2, 1.0)))
    pages = []
    for text in (whole, re.sub('<details class="group".*?</details>', "", whole, flags=re.DOTALL)):
        path.write_text(text, encoding="utf-8")
        browse(f"--print-to-pdf={pdf}", "--no-pdf-header-footer", path.as_uri(), profile=tmp_path / "profile")
        assert pdf.read_bytes().startswith(b"%PDF")
        pages.append(len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())))
    assert pages[1] >= 5
    assert pages[0] > pages[1] + 3

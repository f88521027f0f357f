"use strict";
(() => {
  // sorting: the header of a column becomes a button
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    const headers = [...table.tHead.rows[0].cells];
    const value = (row, i) => row.cells[i].dataset.sort ?? row.cells[i].textContent.trim();
    headers.forEach((header, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => {
        const up = header.getAttribute("aria-sort") !== "ascending";
        headers.forEach((other) => other.removeAttribute("aria-sort"));
        header.setAttribute("aria-sort", up ? "ascending" : "descending");
        const rows = [...body.rows].sort((a, b) =>
          value(a, i).localeCompare(value(b, i), "en", { numeric: true }) * (up ? 1 : -1));
        body.append(...rows);
      });
    });
  }

  // copying: the text as it was, with what is shown as a picture put back
  const original = (element) => {
    const copy = element.cloneNode(true);
    for (const shown of copy.querySelectorAll("b[data-code]")) {
      shown.textContent = String.fromCodePoint(Number(shown.dataset.code));
    }
    return copy.textContent;
  };
  const byHand = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };
  for (const button of document.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = original(document.getElementById(button.dataset.copy));
      let done = false;
      try {
        await navigator.clipboard.writeText(text);
        done = true;
      } catch {
        done = byHand(text);
      }
      button.textContent = done ? "Copied" : "Not copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  }

  // a link to something that is folded, and paper, open what is folded
  const reveal = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const folded = target && target.closest("details");
    if (folded) { folded.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", reveal);
  reveal();
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open], .screen)")];
    opened.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => {
    opened.forEach((details) => { details.open = false; });
    opened = [];
  });
})();

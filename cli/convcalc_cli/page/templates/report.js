"use strict";
(() => {
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    const text = cell.textContent.trim();
    if ("value" in cell.dataset) return Number(cell.dataset.value);
    return text === "-" && cell.classList.contains("number") ? -Infinity : text;
  };
  const compared = (one, other) =>
    typeof one === "number" && typeof other === "number"
      ? one - other
      : String(one).localeCompare(String(other), undefined, {numeric: true});
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    const written = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const before = head.getAttribute("aria-sort");
        const first = head.classList.contains("number") ? "descending" : "ascending";
        const second = first === "ascending" ? "descending" : "ascending";
        const next = before === first ? second : before === second ? null : first;
        for (const other of heads) other.removeAttribute("aria-sort");
        let rows = written;
        if (next) {
          head.setAttribute("aria-sort", next);
          const sign = next === "ascending" ? 1 : -1;
          rows = written
            .map((row, at) => ({row, at, key: keyOf(row, column)}))
            .sort((a, b) => sign * compared(a.key, b.key) || a.at - b.at)
            .map(each => each.row);
        }
        body.append(...rows);
      });
    });
  }
  for (const figure of document.querySelectorAll("figure")) {
    const details = figure.querySelector(".pointed");
    const written = details.textContent;
    const bars = figure.querySelector(".bars");
    bars.addEventListener("pointerover", event => {
      const bar = event.target.closest("g");
      details.textContent = bar ? bar.firstChild.textContent : written;
    });
    bars.addEventListener("pointerleave", () => { details.textContent = written; });
  }
  for (const input of document.querySelectorAll("input[data-filter]")) {
    const rows = [...document.getElementById(input.dataset.filter).tBodies[0].rows];
    const texts = rows.map(row => row.textContent.toLowerCase());
    const count = document.querySelector(`output[data-count="${input.dataset.filter}"]`);
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      let shown = 0;
      rows.forEach((row, at) => {
        row.hidden = !texts[at].includes(wanted);
        shown += row.hidden ? 0 : 1;
      });
      count.textContent = `${shown} of ${rows.length}`;
    });
  }
})();

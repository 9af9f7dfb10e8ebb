// Charts: all facts of what is pointed at, by pointer and by keyboard.
const MARKS = ".bars > a, .bars > g, .plot > a, .plot > g";
const STEPS = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1};

// The row that a mark of a chart leads to, if it is that row alone.
function rowOf(mark) {
  const row = targetOf(mark.getAttribute("href") || "");
  const isAlone = row?.cells && mark.getAttribute("aria-label").startsWith(`${nameOf(row)}: `);
  return isAlone ? row : null;
}

function showMarkTip(mark) {
  const beside = mark.querySelector(".touch, circle");
  const row = rowOf(mark);
  if (row) return showRowTip(row, beside);
  const [name, facts] = mark.getAttribute("aria-label").split(/: (.*)/s);
  showTip(name, (facts || "").split(", ").map(fact => ["", fact]), beside);
}

function setUpChart(figure) {
  const marks = [...figure.querySelectorAll(MARKS)];
  figure.addEventListener("pointerover", event => {
    const mark = event.target.closest(MARKS);
    if (mark) showMarkTip(mark);
    else hideTip();
  });
  figure.addEventListener("pointerleave", hideTip);
  figure.addEventListener("focusin", event => showMarkTip(event.target.closest(MARKS)));
  figure.addEventListener("focusout", hideTip);
  figure.addEventListener("keydown", event => {
    const at = marks.indexOf(event.target.closest(MARKS));
    const ends = {Home: marks[0], End: marks.at(-1)};
    const next = event.key in STEPS ? marks[at + STEPS[event.key]] : ends[event.key];
    if (next) {
      event.preventDefault();
      rove(marks[at], next);
    }
  });
}

function setUpCharts() {
  const links = new Map();
  for (const figure of document.querySelectorAll("figure:not(.graph)")) setUpChart(figure);
  for (const link of document.querySelectorAll(".bars > a")) links.set(link.getAttribute("href"), link);
  let marked = null;
  marking.push(row => {
    marked?.classList.remove("chosen");
    marked = row ? links.get(`#${row.id}`) : null;
    marked?.classList.add("chosen");
  });
}

// All facts of a row: beside what is pointed at, and in a panel for the row that was chosen.
const nameOf = row => row.cells[0].textContent.trim();

function factsOf(row) {
  const titles = [...row.closest("table").tHead.rows[0].cells];
  return titles.slice(1)
    .map((title, at) => [title.textContent.trim(), row.cells[at + 1].textContent.trim()])
    .filter(([, text]) => text && text !== "-");
}

function factList(facts) {
  const list = element("dl");
  for (const [title, text] of facts) {
    list.append(element("div", {}, element("dt", {}, title), element("dd", {}, text)));
  }
  return list;
}

const tip = element("div", {class: "tip", "aria-hidden": "true", hidden: ""});

function showTip(title, facts, beside) {
  tip.replaceChildren(element("b", {}, title), ...(facts.length ? [factList(facts)] : []));
  tip.hidden = false;
  const {left, right, top, bottom} = beside.getBoundingClientRect();
  const {offsetWidth: width, offsetHeight: height} = tip;
  const across = right + 12 + width < innerWidth ? right + 12 : Math.max(left - 12 - width, 4);
  const middle = (Math.max(top, 0) + Math.min(bottom, innerHeight) - height) / 2;
  tip.style.left = `${across}px`;
  tip.style.top = `${Math.max(Math.min(middle, innerHeight - height - 4), 4)}px`;
}

const hideTip = () => { tip.hidden = true; };

const showRowTip = (row, beside) => showTip(nameOf(row), factsOf(row), beside);

const panel = element("aside", {class: "panel", "aria-label": "Chosen layer", hidden: ""});

// What is to be marked with the row that is chosen: functions of the row, or of null.
const marking = [];

const isStill = matchMedia("(prefers-reduced-motion: reduce)");

function scrollTo(target) {
  target.scrollIntoView({block: "center", inline: "nearest", behavior: isStill.matches ? "auto" : "smooth"});
}

function showPanel(row) {
  const figures = [...document.querySelectorAll("figure")];
  const chart = figures.find(figure => figure.querySelector(`a[href="#${CSS.escape(row.id)}"]`));
  const graph = figures.find(figure => figure.dataset.table === row.closest("table").id);
  const ways = [
    button("In the table", () => reveal(row)),
    ...(chart ? [button("In the chart", () => scrollTo(chart))] : []),
    ...(graph ? [button("In the graph", () => {
      scrollTo(graph);
      graph.dispatchEvent(new CustomEvent("reveal", {detail: row}));
    })] : []),
    button("Close", () => choose(null)),
  ];
  panel.replaceChildren(
    element("b", {}, nameOf(row)), factList(factsOf(row)), element("p", {}, ...ways));
  panel.hidden = false;
}

let chosen = null;

function choose(row) {
  chosen = row;
  for (const mark of marking) mark(row);
  panel.hidden = !row;
  if (row) showPanel(row);
  else if (location.hash) history.replaceState(null, "", location.pathname + location.search);
}

function setUpFacts() {
  document.body.append(tip, panel);
  addEventListener("scroll", hideTip, {passive: true, capture: true});
  addEventListener("keydown", event => {
    if (event.key !== "Escape") return;
    if (tip.hidden) choose(null);
    hideTip();
  });
}

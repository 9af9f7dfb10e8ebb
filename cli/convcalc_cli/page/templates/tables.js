// Tables: their rows sorted by a column, filtered by words, folded, and chosen by a link.
const tables = new Map();

function keyOf(row, column) {
  const cell = row.cells[column];
  const text = cell.textContent.trim();
  if ("value" in cell.dataset) return Number(cell.dataset.value);
  return text === "-" && cell.classList.contains("number") ? -Infinity : text;
}

const compared = (one, other) =>
  typeof one === "number" && typeof other === "number"
    ? one - other
    : String(one).localeCompare(String(other), undefined, {numeric: true});

function sorted(rows, column, sign) {
  return rows.map((row, at) => ({row, at, key: keyOf(row, column)}))
    .sort((one, other) => sign * compared(one.key, other.key) || one.at - other.at)
    .map(each => each.row);
}

// The order after the one there is: of numbers the largest first, and at last as written.
function nextOrder(head) {
  const orders = ["ascending", "descending"];
  if (head.classList.contains("number")) orders.reverse();
  return [...orders, null][orders.indexOf(head.getAttribute("aria-sort")) + 1];
}

function setUpSorting(rows) {
  const heads = [...rows.table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.replaceChildren(button(head.textContent, () => {
      const order = nextOrder(head);
      for (const other of heads) other.removeAttribute("aria-sort");
      if (order) head.setAttribute("aria-sort", order);
      rows.isSorted = !!order;
      const sign = order === "descending" ? -1 : 1;
      rows.order = order ? sorted(rows.written, column, sign) : rows.written;
      for (const row of rows.order) row.hidden = true;
      rows.table.tBodies[0].append(...rows.order);
      rows.show();
    }));
  });
}

function setUpFilter(rows) {
  const input = document.querySelector(`input[data-filter="${CSS.escape(rows.table.id)}"]`);
  if (!input) return;
  const count = document.querySelector(`output[data-count="${CSS.escape(rows.table.id)}"]`);
  input.addEventListener("input", () => {
    rows.wanted = input.value.trim().toLowerCase();
    count.textContent = `${rows.show()} of ${rows.number}`;
  });
  input.addEventListener("focus", () => rows.texts);
  rows.clear = () => {
    input.value = "";
    input.dispatchEvent(new Event("input"));
  };
}

function setUpFolding(rows) {
  rows.written.forEach((row, at) => {
    if (!rows.isBlock[at]) return;
    row.classList.add("block");
    const head = row.cells[0];
    const fold = button("", () => rows.toggle(row), {class: "fold", "aria-expanded": "true"});
    fold.append(...head.childNodes);
    head.append(fold);
  });
  const input = document.getElementById(`${rows.table.id}-filter`);
  if (input && rows.isBlock.includes(true)) {
    input.parentElement.append(
      button("Unfold all", () => rows.foldTo(Infinity)), button("Fold all", () => rows.foldTo(0)));
  }
  rows.foldToFit();
}

// Shows a row, whatever hides it, and scrolls there if it is not in sight.
function reveal(row) {
  const rows = tables.get(row.closest("table"));
  if (rows?.wanted && row.hidden) rows.clear();
  rows?.unfold(row);
  row.closest("details")?.setAttribute("open", "");
  scrollTo(row);
}

function setUpTables() {
  for (const table of document.querySelectorAll("table.sortable")) {
    const rows = new Rows(table);
    tables.set(table, rows);
    setUpSorting(rows);
    setUpFilter(rows);
    if (rows.isTree) setUpFolding(rows);
    else rows.show();
    const view = table.closest(".wide");
    view.addEventListener("scroll", () => {
      if (view.scrollTop + 2 * view.clientHeight > view.scrollHeight) rows.showMore();
    }, {passive: true});
    addEventListener("beforeprint", () => rows.show(Infinity));
  }
  let marked = null;
  marking.push(row => {
    marked?.classList.remove("chosen");
    row?.classList.add("chosen");
    marked = row;
  });
}

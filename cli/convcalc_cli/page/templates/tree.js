// Which rows of a table are seen: those that match the filter, and are in no block that is folded;
// of many, the first ones, and more when they are scrolled to, since every one takes time to lay out.
const AT_ONCE = 60, MOST_ROWS = 100;

class Rows {
  constructor(table) {
    this.table = table;
    this.written = [...table.tBodies[0].rows];
    this.order = this.written;
    this.limit = MOST_ROWS;
    this.isTree = table.classList.contains("tree");
    this.levels = this.written.map(row => Number(row.dataset.level || 0));
    this.isBlock = this.written.map(row => this.isTree && !("row" in row.dataset));
    this.folded = new Set();
    this.wanted = "";
    this.isSorted = false;
    this.places = new Map(this.written.map((row, at) => [row, at]));
    this.number = this.isBlock.filter(each => !each).length;
  }

  // The texts that the filter looks at, read when they are needed.
  get texts() {
    this.read ??= this.written.map(row => row.textContent.toLowerCase());
    return this.read;
  }

  // Folds blocks from a level on.
  foldTo(level) {
    this.folded = new Set(this.written.filter((_, at) => this.isBlock[at] && this.levels[at] >= level));
    this.show();
  }

  // Folds as deep as leaves a number of rows that can be taken in.
  foldToFit() {
    const levels = [...new Set(this.levels)].sort((one, other) => one - other);
    const fitting = levels.filter(level => this.levels.filter(each => each <= level).length <= AT_ONCE);
    if (this.written.length > AT_ONCE) this.foldTo(fitting.at(-1) ?? 0);
    else this.show();
  }

  toggle(row) {
    if (!this.folded.delete(row)) this.folded.add(row);
    this.show();
  }

  above(row) {
    const found = [];
    let level = this.levels[this.places.get(row)];
    for (let at = this.places.get(row) - 1; at >= 0 && level > 0; at--) {
      if (this.levels[at] < level && this.isBlock[at]) {
        found.push(this.written[at]);
        level = this.levels[at];
      }
    }
    return found;
  }

  unfold(row) {
    for (const block of this.above(row)) this.folded.delete(block);
    if (row.hidden) this.show();
    while (row.hidden && this.hasMore) this.showMore();
  }

  matches(at) {
    return !this.wanted || this.texts[at].includes(this.wanted);
  }

  // Sets what is seen; how many rows match.
  show(limit = MOST_ROWS) {
    const seen = this.isTree && !this.isSorted ? this.seenInTree() : this.seenFlat();
    this.limit = limit;
    let shown = 0;
    for (const row of this.order) {
      const isSeen = seen[this.places.get(row)] && ++shown <= limit;
      if (row.hidden === isSeen) row.hidden = !isSeen;
    }
    this.hasMore = shown > limit;
    this.table.classList.toggle("flat", this.isSorted);
    this.table.classList.remove("pending");
    this.written.forEach((row, at) => {
      if (!this.isBlock[at]) return;
      const isOpen = !this.folded.has(row) || !!this.wanted;
      row.cells[0].querySelector("button")?.setAttribute("aria-expanded", String(isOpen));
    });
    return this.written.filter((_, at) => !this.isBlock[at] && this.matches(at)).length;
  }

  showMore() {
    if (this.hasMore) this.show(this.limit + MOST_ROWS);
  }

  seenFlat() {
    return this.written.map((_, at) => !this.isBlock[at] && this.matches(at));
  }

  seenInTree() {
    const seen = this.written.map(() => false);
    const open = [];  // the blocks around a row, and whether they are folded
    this.written.forEach((row, at) => {
      open.length = Math.min(open.length, this.levels[at]);
      const inFolded = open.some(place => this.folded.has(this.written[place]));
      seen[at] = this.wanted ? !this.isBlock[at] && this.matches(at) : !inFolded;
      if (this.wanted && seen[at]) for (const place of open) seen[place] = true;
      if (this.isBlock[at]) open[this.levels[at]] = at;
    });
    return seen;
  }
}

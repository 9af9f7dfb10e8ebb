// The graph of a network: drawn from the rows of its table; blocks open, edges have shapes.
const VISIBLE = 40, LARGEST_ZOOM = 3, SMALLEST_ZOOM = 0.1, ROUND = 7;

// A line through points, its corners rounded.
function pathOf(points) {
  const [first, ...rest] = points;
  let path = `M${first[0].toFixed(1)} ${first[1].toFixed(1)}`;
  rest.forEach(([x, y], at) => {
    const next = rest[at + 1];
    const before = points[at];
    if (!next) {
      path += `L${x.toFixed(1)} ${y.toFixed(1)}`;
      return;
    }
    const near = ([a, b]) => {
      const length = Math.hypot(a - x, b - y) || 1;
      const part = Math.min(ROUND, length / 2) / length;
      return `${(x + (a - x) * part).toFixed(1)} ${(y + (b - y) * part).toFixed(1)}`;
    };
    path += `L${near(before)}Q${x.toFixed(1)} ${y.toFixed(1)} ${near(next)}`;
  });
  return path;
}

class NetworkGraph {
  constructor(figure) {
    this.figure = figure;
    this.table = document.getElementById(figure.dataset.table);
    this.model = graphModel(this.table, JSON.parse(figure.dataset.inputs));
    this.zoom = 1;
    this.openToFit();
    this.setUpTools();
    this.view = element("div", {
      class: "view", tabindex: "0", role: "group", "aria-label": figure.dataset.title});
    figure.append(this.tools, this.view);
    this.setUpPointer();
    this.view.addEventListener("keydown", event => this.onKey(event));
    marking.push(row => this.mark(row));
    this.chosen = chosen;
    this.draw();
    new ResizeObserver(() => {
      if (this.view.clientWidth !== this.room) this.draw();
    }).observe(this.view);
  }

  get blocks() {
    return [...this.model.nodes.values()].filter(node => !node.isLeaf);
  }

  setOpen(isOpen) {
    for (const block of this.blocks) block.isOpen = isOpen;
    this.draw();
  }

  // Opens blocks level by level while the nodes can be taken in.
  openToFit() {
    let level = this.model.root.children;
    let seen = level.length;
    while (level.some(node => !node.isLeaf)) {
      const inner = level.flatMap(node => node.children);
      seen += inner.length;
      if (seen > VISIBLE) return;
      for (const node of level) node.isOpen = !node.isLeaf;
      level = inner;
    }
  }

  setUpTools() {
    const name = `${this.figure.id}-search`;
    this.search = element("input", {id: name, type: "search", autocomplete: "off"});
    this.found = element("output", {for: name});
    this.search.addEventListener("input", () => this.find(0));
    this.search.addEventListener("keydown", event => {
      if (event.key === "Enter") this.find(this.at + (event.shiftKey ? -1 : 1));
    });
    this.tools = element("p", {class: "tools"},
      element("label", {for: name}, "Find layer"), this.search, this.found,
      button("+", () => this.zoomTo(this.zoom * 1.25), {"aria-label": "Zoom in"}),
      button("\u2212", () => this.zoomTo(this.zoom / 1.25), {"aria-label": "Zoom out"}),
      button("Fit", () => this.fit()),
      ...(this.blocks.length ? [
        button("Open all", () => this.setOpen(true)),
        button("Close all", () => this.setOpen(false)),
      ] : []));
  }

  draw() {
    this.room = this.view.clientWidth;
    const focused = this.view.contains(document.activeElement) ? this.current : null;
    this.drawn = new Map();
    this.edges = [];
    const whole = layout(this.model.root, this.model, this.room - 24);
    this.size = [whole.width + 24, whole.height + 24];
    const top = shape("g", {transform: "translate(12 12)"});
    this.svg = shape("svg", {viewBox: `0 0 ${this.size.join(" ")}`, "aria-hidden": "false"}, top);
    this.drawLayout(whole, top);
    this.view.replaceChildren(this.svg);
    this.zoomTo(this.zoom);
    this.order = [...this.drawn.keys()];
    this.current = this.drawn.has(this.current) ? this.current : this.order[0];
    this.drawn.get(this.current)?.setAttribute("tabindex", "0");
    if (focused) this.drawn.get(this.current)?.focus({preventScroll: true});
    this.mark(this.chosen);
  }

  drawLayout({items, edges, boxes}, into) {
    const [lines, labels] = [shape("g"), new Map()];
    into.append(lines);
    for (const edge of edges) {
      const line = shape("path", {class: edge.from.port || edge.to.port ? "edge inner" : "edge", d: pathOf(edge.points)});
      lines.append(line, this.arrow(edge.points));
      this.edges.push({line, edge});
      if (!labels.has(edge.from)) labels.set(edge.from, {at: edge.labelAt, texts: new Set()});
      for (const value of edge.values) labels.get(edge.from).texts.add(valueText(this.model, value));
    }
    for (const {at, texts} of labels.values()) {
      const [first, ...more] = texts;
      const text = more.length ? `${first} + ${more.length}` : first;
      into.append(shape("text", {class: "shape", x: at.x, y: at.y}, text));
    }
    for (const item of items) this.drawItem(item, boxes.get(item), into);
  }

  arrow(points) {
    const [x, y] = points.at(-1);
    return shape("path", {class: "arrow", d: `M${x - 3.5} ${y - 6}h7L${x} ${y}z`});
  }

  drawItem(item, box, into) {
    const at = `translate(${(box.x - box.width / 2).toFixed(1)} ${box.y.toFixed(1)})`;
    if (item.port) {
      into.append(shape("circle", {class: "port", cx: box.x, cy: box.y + PORT / 2, r: PORT / 2}));
      return;
    }
    const node = shape("g", {
      class: item.isLeaf ? "node" : item.isOpen ? "node block open" : "node block",
      transform: at, role: "button", tabindex: "-1",
      "data-name": item.name, "aria-label": item.saying,
      ...(item.isLeaf ? {} : {"aria-expanded": String(item.isOpen)}),
    });
    const {width, height} = box;
    node.append(shape("rect", {class: "box", width, height: item.isOpen ? height : LEAF, rx: 5}));
    node.append(shape("text", {class: "label", x: item.isLeaf ? 10 : 24, y: 16}, item.label));
    if (!item.isLeaf) node.append(shape("path", {class: "fold", d: item.isOpen ? "M9 8h9l-4.5 7z" : "M10 7v9l7 -4.5z"}));
    if (!item.isOpen) {
      node.append(" ", shape("text", {class: "about", x: 10, y: 31}, item.note));
      const length = (width - 12) * item.share;
      if (length) node.append(shape("rect", {class: "series-0", x: 6, y: LEAF - 4, width: Math.max(length, 1), height: 3}));
    }
    this.drawn.set(item, node);
    node.item = item;
    into.append(node);
    if (box.inner) {
      const inner = shape("g", {transform: `translate(${((width - box.inner.width) / 2).toFixed(1)} ${HEADER})`});
      const outer = shape("g", {transform: at}, inner);
      into.append(outer);
      this.drawLayout(box.inner, inner);
    }
  }

  setUpPointer() {
    this.view.addEventListener("click", event => {
      const node = event.target.closest(".node");
      if (node && !this.wasDragged) this.activate(node.item);
    });
    this.view.addEventListener("pointerover", event => {
      const node = event.target.closest(".node");
      if (node && !this.from) showRowTip(node.item.row, node.querySelector(".label"));
      else hideTip();
    });
    this.view.addEventListener("pointerleave", hideTip);
    this.view.addEventListener("wheel", event => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.zoomTo(this.zoom * (event.deltaY < 0 ? 1.1 : 1 / 1.1));
    }, {passive: false});
    this.view.addEventListener("pointerdown", event => {
      this.wasDragged = false;
      if (event.pointerType !== "mouse" || event.button) return;
      this.from = [event.clientX + this.view.scrollLeft, event.clientY + this.view.scrollTop];
    });
    addEventListener("pointermove", event => {
      if (!this.from) return;
      const [x, y] = [this.from[0] - event.clientX, this.from[1] - event.clientY];
      if (Math.hypot(x - this.view.scrollLeft, y - this.view.scrollTop) > 3) this.wasDragged = true;
      this.view.scrollTo(x, y);
    });
    addEventListener("pointerup", () => { this.from = null; });
  }

  onKey(event) {
    const item = event.target.item;
    const keys = {
      "+": () => this.zoomTo(this.zoom * 1.25), "=": () => this.zoomTo(this.zoom * 1.25),
      "-": () => this.zoomTo(this.zoom / 1.25), "0": () => this.fit(),
    };
    if (item) {
      const at = this.order.indexOf(item);
      Object.assign(keys, {
        ArrowDown: () => this.focus(this.order[at + 1]), ArrowUp: () => this.focus(this.order[at - 1]),
        ArrowRight: () => item.isOpen ? this.focus(this.order[at + 1]) : this.toggle(item, true),
        ArrowLeft: () => item.isOpen ? this.toggle(item, false) : this.focus(item.parent),
        Home: () => this.focus(this.order[0]), End: () => this.focus(this.order.at(-1)),
        Enter: () => this.activate(item), " ": () => this.activate(item),
      });
    }
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  }

  activate(item) {
    this.current = item;
    if (!item.isLeaf) return this.toggle(item, !item.isOpen);
    history.replaceState(null, "", `#${item.row.id}`);
    choose(item.row);
  }

  toggle(item, isOpen) {
    if (item.isLeaf) return;
    this.current = item;
    item.isOpen = isOpen;
    hideTip();
    this.draw();
    this.focus(item);
  }

  focus(item) {
    const node = this.drawn.get(item);
    if (!node) return;
    rove(this.drawn.get(this.current), node);
    this.current = item;
    node.scrollIntoView({block: "nearest", inline: "nearest"});
  }

  zoomTo(zoom) {
    this.zoom = Math.min(Math.max(zoom, SMALLEST_ZOOM), LARGEST_ZOOM);
    this.svg.setAttribute("width", this.size[0] * this.zoom);
    this.svg.setAttribute("height", this.size[1] * this.zoom);
  }

  fit() {
    const height = parseFloat(getComputedStyle(this.view).maxHeight) - 4;
    this.zoomTo(Math.min(this.view.clientWidth / this.size[0], height / this.size[1], 1));
  }

  // Shows the match with a number, and says which one it is.
  find(at) {
    const wanted = this.search.value.trim().toLowerCase();
    const nodes = [...this.model.nodes.values()];
    const matches = wanted ? nodes.filter(node => node.name.toLowerCase().includes(wanted)) : [];
    this.at = matches.length ? (at + matches.length) % matches.length : 0;
    this.found.textContent = wanted ? `${matches.length ? this.at + 1 : 0} of ${matches.length}` : "";
    this.hit = matches[this.at];
    if (this.hit) this.reveal(this.hit);
    else this.markHit();
  }

  revealRow(row) {
    this.reveal(this.model.nodes.get(row));
  }

  reveal(item) {
    const closed = item.path.filter(block => !block.isOpen);
    for (const block of closed) block.isOpen = true;
    if (closed.length) this.draw();
    const node = this.drawn.get(item);
    const [inside, seen] = [node.getBoundingClientRect(), this.view.getBoundingClientRect()];
    const middle = (low, high) => (low + high) / 2;
    this.view.scrollBy(
      middle(inside.left, inside.right) - middle(seen.left, seen.right),
      Math.min(inside.top, middle(inside.top, inside.bottom)) - middle(seen.top, seen.bottom));
    this.markHit();
  }

  markHit() {
    for (const [item, node] of this.drawn) node.classList.toggle("hit", !!this.hit && item === this.hit);
  }

  mark(row) {
    this.chosen = row;
    const chosen = row ? this.model.nodes.get(row) : null;
    if (!this.drawn) return;
    for (const [item, node] of this.drawn) node.classList.toggle("chosen", item === chosen);
    for (const {line, edge} of this.edges) {
      line.classList.toggle("chosen", !!chosen && (edge.from === chosen || edge.to === chosen));
    }
    this.markHit();
  }
}

// A graph is drawn when it comes near to what is seen: a page may have many.
function setUpGraphs() {
  const graphs = new Map();
  const graphOf = figure => {
    if (!graphs.has(figure)) graphs.set(figure, new NetworkGraph(figure));
    return graphs.get(figure);
  };
  const near = new IntersectionObserver(entries => {
    for (const entry of entries) if (entry.isIntersecting) graphOf(entry.target);
  }, {rootMargin: "800px"});
  for (const figure of document.querySelectorAll("figure.graph")) {
    near.observe(figure);
    figure.addEventListener("reveal", event => graphOf(figure).revealRow(event.detail));
  }
}

// The rows of a table as a tree of nodes: leaves are layers, the others are blocks of them.
const SHORT = 26;  // letters of a label
const UNITS = ["", " k", " M", " G", " T", " P"];

function shortNumber(number) {
  const power = Math.min(Math.floor(Math.log10(Math.max(number, 1)) / 3), UNITS.length - 1);
  return Number((number / 1000 ** power).toPrecision(3)) + UNITS[power];
}

const cut = text => text.length > SHORT ? `${text.slice(0, SHORT / 2)}\u2026${text.slice(1 - SHORT / 2)}` : text;

class GraphNode {
  constructor(row, parent, columns) {
    Object.assign(this, {row, parent, children: [], leaves: [], isOpen: false});
    if (!row) return;
    const cell = title => row.cells[columns.get(title)];
    this.name = nameOf(row);
    this.isLeaf = "row" in row.dataset;
    this.number = Number(row.dataset.row);
    this.reads = (row.dataset.reads || "").split(" ").filter(Boolean).map(Number);
    this.output = cell("output").textContent;
    this.operation = cell("operation").textContent;
    this.macs = Number(cell("MACs").dataset.value || 0);
    this.share = Number(cell("of MACs").dataset.value || 0);
    const above = row.cells[0].querySelector(".above");
    this.label = cut(this.name.slice(above ? above.textContent.length : 0));
  }

  // The second line: what it is, and what it costs.
  get note() {
    const what = this.isLeaf ? cut(this.operation) : `${this.leaves.length} layers`;
    return this.macs ? `${what} \u00b7 ${shortNumber(this.macs)} MACs` : what;
  }

  // What is read aloud: what is written on the node, and what is not.
  get saying() {
    const inside = this.parent.row ? `in ${this.parent.name}, ` : "";
    return `${this.label} ${this.isOpen ? "" : `${this.note} `}${inside}output ${this.output}`;
  }

  get path() {
    return this.parent?.row ? [...this.parent.path, this.parent] : [];
  }
}

// The root of the tree, every node by its row, every leaf by its number, and who reads what.
function graphModel(table, inputs) {
  const columns = new Map([...table.tHead.rows[0].cells].map((head, at) => [head.textContent, at]));
  const root = new GraphNode(null, null, columns);
  root.isOpen = true;
  const around = [root];
  const model = {root, inputs, nodes: new Map(), leaves: new Map(), readers: new Map()};
  for (const row of tables.get(table).written) {
    const level = Number(row.dataset.level);
    const node = new GraphNode(row, around[level], columns);
    around.length = level + 1;
    around[level].children.push(node);
    around.push(node);
    model.nodes.set(row, node);
    if (!node.isLeaf) continue;
    model.leaves.set(node.number, node);
    for (const each of around) each.leaves.push(node);
    for (const value of node.reads) {
      if (!model.readers.has(value)) model.readers.set(value, []);
      model.readers.get(value).push(node);
    }
  }
  return model;
}

// The shape of a value: the output of a leaf, or an input of the network.
function valueText(model, value) {
  return value < 0 ? model.inputs[-value - 1] : model.leaves.get(value).output;
}

// What reads what among the children of a block; what comes from outside, or goes there, is a port.
function edgesWithin(block, model) {
  const owners = new Map(block.children.flatMap(child => child.leaves.map(leaf => [leaf.number, child])));
  const [entries, exits, edges] = [new Map(), new Map(), new Map()];
  const port = (ports, value) => {
    if (!ports.has(value)) ports.set(value, {port: ports === entries ? "in" : "out", value});
    return ports.get(value);
  };
  const connect = (from, to, value) => {
    if (!edges.has(from)) edges.set(from, new Map());
    if (!edges.get(from).has(to)) edges.get(from).set(to, {from, to, values: new Set()});
    edges.get(from).get(to).values.add(value);
  };
  for (const child of block.children) {
    for (const leaf of child.leaves) {
      for (const value of leaf.reads) {
        const owner = owners.get(value);
        if (owner !== child) connect(owner ?? port(entries, value), child, value);
      }
      const readers = model.readers.get(leaf.number) || [];
      const leaves = readers.some(reader => !owners.has(reader.number)) || !readers.length;
      if (block.row && leaves) connect(child, port(exits, leaf.number), leaf.number);
    }
  }
  return {
    items: [...entries.values(), ...block.children, ...exits.values()],
    edges: [...edges.values()].flatMap(targets => [...targets.values()]),
  };
}

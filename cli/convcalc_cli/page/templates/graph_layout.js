// Where nodes and edges lie: rows of nodes below what they read; an edge that passes rows runs
// beside them. A block that is open is laid out in the same way, and is then a large node.
const PAD = 12, HEADER = 24, LEAF = 40, PORT = 8, FOLD = 14, FONT = "system-ui, sans-serif";
const BESIDE = 26, LANE = 13, TRACK = 6, GAP = 38, GUTTER = 46, TALL = 620;

const ruler = document.createElement("canvas").getContext("2d");

function widthOf(text, font) {
  ruler.font = `${font} ${FONT}`;
  return ruler.measureText(text).width;
}

// How far a node with the shape below it reaches to the right of its middle.
function reachOf(item, width, model) {
  if (item.port === "out") return width / 2;
  const text = item.port ? valueText(model, item.value) : item.output;
  return Math.max(width / 2, widthOf(text, "10.5px") + 10);
}

function sizeOf(item, model) {
  if (item.port) return {width: 70, height: PORT};
  if (item.isOpen) {
    const inner = layout(item, model);
    const header = widthOf(item.label, "600 12px") + FOLD + 2 * PAD;
    return {width: Math.max(inner.width + 2 * PAD, header), height: inner.height + HEADER + PAD, inner};
  }
  const label = widthOf(item.label, "600 12px") + (item.isLeaf ? 0 : FOLD);
  return {width: Math.max(label + 20, widthOf(item.note, "11px") + 20, 110), height: LEAF};
}

// Below all that it reads; what reads something that runs later does not wait for it.
function ranksOf(items, edges) {
  const order = new Map(items.map((item, at) => [item, at]));
  const ranks = new Map(items.map(item => [item, item.port === "in" ? 0 : 1]));
  const into = new Map(items.map(item => [item, []]));
  for (const edge of edges) if (order.get(edge.from) < order.get(edge.to)) into.get(edge.to).push(edge.from);
  for (const item of items) {
    for (const from of into.get(item)) ranks.set(item, Math.max(ranks.get(item), ranks.get(from) + 1));
  }
  const last = Math.max(...ranks.values());
  for (const item of items) if (item.port === "out") ranks.set(item, last);
  return {ranks, into};
}

// Nodes of a row beside each other, each as near as can be to the middle of what it reads.
function placeRow(row, into, boxes) {
  const wanted = new Map(row.map(item => {
    const xs = into.get(item).map(from => boxes.get(from).x);
    return [item, xs.length ? xs.reduce((sum, x) => sum + x, 0) / xs.length : 0];
  }));
  row.sort((one, other) => wanted.get(one) - wanted.get(other));
  let end = -Infinity;
  let off = 0;
  for (const item of row) {
    const box = boxes.get(item);
    box.x = Math.max(wanted.get(item), end + BESIDE + box.width / 2);
    end = box.x + Math.max(box.width / 2, box.reach - BESIDE / 2);
    off += box.x - wanted.get(item);
  }
  for (const item of row) boxes.get(item).x -= off / row.length;
}

// Lanes beside the rows for edges that pass some: the shortest are the nearest.
function laneEdges(edges, ranks, boxes, rows) {
  const left = rows.map(row => Math.min(...row.map(item => boxes.get(item).x - boxes.get(item).width / 2)));
  const right = rows.map(row => Math.max(...row.map(item => boxes.get(item).x + boxes.get(item).reach)));
  const [below, above] = [rows.map(() => 0), rows.map(() => 0)];
  const long = edges.filter(edge => ranks.get(edge.to) - ranks.get(edge.from) !== 1);
  const span = edge => Math.abs(ranks.get(edge.to) - ranks.get(edge.from));
  for (const edge of long.sort((one, other) => span(one) - span(other))) {
    const [from, to] = [ranks.get(edge.from), ranks.get(edge.to)];
    const [first, last] = from < to ? [from + 1, to - 1] : [to, from];
    const isLeft = boxes.get(edge.from).x < boxes.get(edge.to).x - 1;
    const sides = isLeft ? left.slice(first, last + 1) : right.slice(first, last + 1);
    edge.lane = isLeft ? Math.min(...sides) - LANE : Math.max(...sides) + LANE;
    for (let rank = first; rank <= last; rank++) (isLeft ? left : right)[rank] = edge.lane;
    edge.tracks = [below[from]++, above[to]++];
  }
  return {left, right, below, above};
}

// Where rows may be torn apart: one edge only leads on.
function cuts(edges, ranks, number) {
  const passing = Array(number).fill(0);
  for (const edge of edges) {
    const [from, to] = [ranks.get(edge.from), ranks.get(edge.to)];
    if (to - from === 1) passing[from] += 1;
    else for (let rank = Math.min(from, to); rank < Math.max(from, to); rank++) passing[rank] += 2;
  }
  return passing.map(each => each === 1);
}

// The rows in columns, as many as there is room for, so that all of the page is used.
function columnsOf(tops, bottoms, left, right, torn, room) {
  const whole = bottoms.at(-1);
  const width = Math.max(...right) - Math.min(...left) + GUTTER;
  const number = Math.max(1, Math.floor(room / width));
  const height = Math.max(TALL, whole / number);
  const columns = [[0]];
  for (let rank = 1; rank < tops.length; rank++) {
    const column = columns.at(-1);
    const tooTall = bottoms[rank] - tops[column[0]] > height * 1.02;
    const isEarly = bottoms[rank - 1] - tops[column[0]] < height * 1.4;
    if (torn[rank - 1] && tooTall && isEarly && columns.length < number) columns.push([rank]);
    else column.push(rank);
  }
  return columns;
}

// How far each row is moved into its column.
function shiftsOf(columns, tops, left, right) {
  const shifts = [];
  let x = 0;
  for (const column of columns) {
    const low = Math.min(...column.map(rank => left[rank]));
    const high = Math.max(...column.map(rank => right[rank]));
    for (const rank of column) {
      shifts[rank] = {x: x - low, y: -tops[column[0]], end: x + high - low, column};
    }
    x += high - low + GUTTER;
  }
  return {shifts, width: x - GUTTER};
}

// The boxes of a block's children around their middles, its edges as points, and its size.
function layout(block, model, room = 0) {
  const {items, edges} = edgesWithin(block, model);
  const boxes = new Map(items.map(item => [item, sizeOf(item, model)]));
  for (const [item, box] of boxes) box.reach = reachOf(item, box.width, model);
  const {ranks, into} = ranksOf(items, edges);
  const rows = [];
  for (const item of items) (rows[ranks.get(item)] ??= []).push(item);
  if (!rows[0]) for (const item of items) ranks.set(item, ranks.get(item) - 1);
  if (!rows[0]) rows.shift();
  for (const row of rows) placeRow(row, into, boxes);
  const {left, right, below, above} = laneEdges(edges, ranks, boxes, rows);
  const [tops, bottoms] = [[], []];
  rows.forEach((row, rank) => {
    const before = rank ? bottoms[rank - 1] + GAP + TRACK * (below[rank - 1] + above[rank]) : 0;
    tops.push(before);
    bottoms.push(before + Math.max(...row.map(item => boxes.get(item).height)));
  });
  const columns = room
    ? columnsOf(tops, bottoms, left, right, cuts(edges, ranks, rows.length), room) : [rows.map((_, rank) => rank)];
  const {shifts, width} = shiftsOf(columns, tops, left, right);
  for (const [item, box] of boxes) {
    const shift = shifts[ranks.get(item)];
    box.x += shift.x;
    box.y = tops[ranks.get(item)] + shift.y;
  }
  for (const edge of edges) {
    edge.points = pointsOf(edge, ranks, boxes, shifts, tops, bottoms);
    edge.labelAt = {
      x: boxes.get(edge.from).x + 6,
      y: bottoms[ranks.get(edge.from)] + shifts[ranks.get(edge.from)].y + 17 + TRACK * below[ranks.get(edge.from)],
    };
  }
  const height = Math.max(...bottoms.map((bottom, rank) => bottom + shifts[rank].y)) + (room ? GAP / 2 : 0);
  return {items, edges, boxes, width, height};
}

function pointsOf(edge, ranks, boxes, shifts, tops, bottoms) {
  const [from, to] = [ranks.get(edge.from), ranks.get(edge.to)];
  const [start, end] = [boxes.get(edge.from), boxes.get(edge.to)];
  const [one, other] = [shifts[from], shifts[to]];
  const low = bottoms[from] + one.y;
  const leave = [[start.x, start.y + start.height], [start.x, low]];
  if ("lane" in edge) {
    const [down, up] = [low + 6 + TRACK * edge.tracks[0], end.y - 8 - TRACK * edge.tracks[1]];
    const lane = edge.lane + one.x;
    return [...leave.slice(0, 1), [start.x, down], [lane, down], [lane, up], [end.x, up], [end.x, end.y]];
  }
  if (one.column !== other.column) {
    const gutter = one.end + GUTTER / 2;
    return [leave[0], [start.x, low + 24], [gutter, low + 24], [gutter, end.y - 10], [end.x, end.y - 10], [end.x, end.y]];
  }
  if (Math.abs(start.x - end.x) < 1) return [leave[0], [end.x, end.y]];
  const middle = end.y - 12;
  return [...leave.slice(0, 1), [start.x, middle], [end.x, middle], [end.x, end.y]];
}

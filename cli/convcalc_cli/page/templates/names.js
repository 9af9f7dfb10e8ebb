// Names beside the points of a scatter chart, moved where they would lie on each other.
const STEP = 15, APART = 9, FAR = 22;

const overlap = (one, other) =>
  Math.max(0, Math.min(one.right, other.right) - Math.max(one.left, other.left))
  * Math.max(0, Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top));

// Where a name may be: beside its point, then ever further above and below, on either side.
function* spots(x, y, width, prefersLeft) {
  for (let step = 0; step < 12; step++) {
    for (const sign of step ? [-1, 1] : [1]) {
      for (const isLeft of [prefersLeft, !prefersLeft]) {
        const left = isLeft ? x - APART - width : x + APART;
        const middle = y + sign * step * STEP;
        yield {isLeft, middle, left, right: left + width, top: middle - 7, bottom: middle + 7};
      }
    }
  }
}

function placeNames(plot) {
  const {width, height} = plot.getBoundingClientRect();
  const marks = [...plot.querySelectorAll("a, g")];
  const points = marks.map(mark => {
    const {cx, cy} = mark.querySelector("circle");
    return {x: cx.baseVal.value, y: cy.baseVal.value};
  });
  const taken = points.map(({x, y}) => ({left: x - 6, right: x + 6, top: y - 6, bottom: y + 6}));
  marks.forEach((mark, at) => {
    const text = mark.querySelector("text");
    const {x, y} = points[at];
    const places = [...spots(x, y, text.getComputedTextLength(), x > 0.6 * width)]
      .filter(each => each.left >= -4 && each.right <= width && each.top > 16 && each.bottom < height - 40);
    const costs = places.map((each, order) =>
      taken.reduce((sum, other) => sum + overlap(each, other), 0) + order * 0.5);
    const best = places[costs.indexOf(Math.min(...costs))];
    if (!best) return;
    taken.push(best);
    text.setAttribute("y", best.middle);
    text.setAttribute("dx", best.isLeft ? -APART : APART);
    text.setAttribute("text-anchor", best.isLeft ? "end" : "start");
    mark.querySelector(".lead")?.remove();
    if (Math.abs(best.middle - y) < FAR) return;
    const end = best.isLeft ? best.right : best.left;
    mark.prepend(shape("line", {class: "lead", x1: x, y1: y, x2: end, y2: best.middle}));
  });
}

function setUpNames() {
  for (const plot of document.querySelectorAll(".plot")) {
    new ResizeObserver(() => placeNames(plot)).observe(plot);
  }
}

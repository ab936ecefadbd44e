// Elements, numbers as text, and the ticks of an axis.

const create = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
};

const html = (name, attributes = {}, ...children) =>
  create(document.createElement(name), attributes, children);

const svg = (name, attributes = {}, ...children) =>
  create(
    document.createElementNS('http://www.w3.org/2000/svg', name),
    attributes,
    children,
  );

/** Calls `draw(width)` now and whenever the node gets another width. */
function onWidth(node, draw) {
  let width = 0;
  new ResizeObserver(() => {
    if (node.clientWidth && node.clientWidth !== width) {
      width = node.clientWidth;
      draw(width);
    }
  }).observe(node);
}

/** To three digits: 0, 950, 12.5 k, 1.2 M. */
function stepsText(steps) {
  const units = [['G', 1e9], ['M', 1e6], ['k', 1e3]];
  for (const [unit, size] of units) {
    // 999.5 k would be rounded to 1000 k: say 1 M.
    if (steps >= 0.9995 * size) {
      return `${Number((steps / size).toPrecision(3))} ${unit}`;
    }
  }
  return String(Math.round(steps));
}

const scoreText = (score) => String(Number(score.toPrecision(4)));

/** Round numbers from low to high, about `count` of them. */
function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const round = [1, 2, 2.5, 5].find((n) => n * power >= rough) ?? 10;
  const step = round * power;
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) {
    found.push(Number((i * step).toPrecision(12)));
  }
  return found;
}

/** At most about `most` of the indices below `count`; the last is one. */
function spread(count, most) {
  const stride = Math.ceil(count / most);
  const found = [];
  for (let i = count - 1; i >= 0; i -= stride) found.push(i);
  return found.reverse();
}

/** A little below the lowest and above the highest of some numbers. */
function range(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, 1];
  const room = 0.04 * (high - low) || 0.5;
  return [low - room, high + room];
}

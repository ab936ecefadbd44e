// Score against steps of the task, a panel a task, a line a run.

const LOOKS = [
  { dash: 'none', marker: 'circle' },
  { dash: '9 4', marker: 'square' },
  { dash: '2 4', marker: 'triangle' },
  { dash: '9 4 2 4', marker: 'diamond' },
  { dash: '4 4', marker: 'cross' },
];
const MARKERS = {
  circle: 'M-4 0A4 4 0 0 1 4 0A4 4 0 0 1 -4 0Z',
  square: 'M-4 -4H4V4H-4Z',
  triangle: 'M0 -5L5 4H-5Z',
  diamond: 'M0 -5L5 0L0 5L-5 0Z',
  cross: 'M-4 -4L4 4M-4 4L4 -4',
};
const END = 'M0 -8L5.5 0L0 8L-5.5 0Z'; // A task is finished.
const MOST_POINTS = 1500;

/** The index of the first smoothed score that has its full window. */
const firstFull = (task) =>
  Math.max(0, Math.min(task.window, task.evaluations) - 1);

/** A path through points, or the points alone. */
const lineOf = (points) => (points.length ? `M${points.join('L')}` : '');
const dotsOf = (points) => points.map((point) => `M${point}h0`).join('');

/**
 * A panel.
 *
 * @param title what stands above it.
 * @param lines `{task, look}` each: a task of a run, and the number of its
 *   look; null where there is one line only, in its task's colour.
 */
function curvePanel(title, lines) {
  const root = svg('svg', { role: 'img', 'aria-label': panelText(lines) });
  const caption = html('figcaption');
  caption.textContent = title;
  const figure = html('figure', { class: 'panel' }, caption, root);
  onWidth(figure, (width) => drawPanel(root, width, lines));
  return figure;
}

/** What a panel shows, in words. */
function panelText(lines) {
  return lines
    .map(({ task }) => {
      const unit = task.images ? 'accuracy' : 'score';
      const first = scoreText(task.score[firstFull(task)]);
      const last = scoreText(task.score.at(-1));
      const steps = stepsText(task.steps.at(-1));
      return `${task.name}: ${unit} from ${first} to ${last} in ${steps} steps`;
    })
    .join('; ');
}

function drawPanel(root, width, lines) {
  const box = { left: 46, right: width - 24, top: 12, bottom: 196 };
  const tasks = lines.map(({ task }) => task);
  const most = Math.max(1, ...tasks.map((task) => task.steps.at(-1) ?? 0));
  const [low, high] = range(tasks.flatMap((task) => task.fitness));
  const scale = {
    x: (steps) => box.left + ((box.right - box.left) * steps) / most,
    y: (score) =>
      box.bottom - ((box.bottom - box.top) * (score - low)) / (high - low),
  };
  root.setAttribute('width', width);
  root.setAttribute('height', 240);
  root.replaceChildren(
    ...panelAxes(box, scale, most, low, high, tasks[0].images),
    ...lines.map((line, place) => drawLine(scale, line, place)),
  );
}

function panelAxes(box, scale, most, low, high, images) {
  const parts = [];
  const add = (x, y, anchor, words, kind = 'tick') => {
    const text = svg('text', { x, y, 'text-anchor': anchor, class: kind });
    text.textContent = words;
    parts.push(text);
  };
  for (const value of ticks(low, high, 4)) {
    const y = scale.y(value);
    const d = `M${box.left} ${y}H${box.right}`;
    parts.push(svg('path', { class: 'grid', d }));
    add(box.left - 7, y + 4, 'end', scoreText(value));
  }
  for (const value of ticks(0, most, (box.right - box.left) / 90)) {
    add(scale.x(value), box.bottom + 18, 'middle', stepsText(value));
  }
  const d = `M${box.left} ${box.bottom}H${box.right}`;
  parts.push(svg('path', { class: 'axis', d }));
  const unit = images ? 'minibatches' : 'steps';
  const middle = (box.left + box.right) / 2;
  add(middle, box.bottom + 37, 'middle', `${unit} of the task`, 'name');
  return parts;
}

function drawLine(scale, { task, look }, place) {
  const alone = look === null;
  const point = (i, scores) =>
    `${scale.x(task.steps[i]).toFixed(1)} ${scale.y(scores[i]).toFixed(1)}`;
  const shown = spread(task.evaluations, MOST_POINTS);
  const full = shown.filter((i) => i >= firstFull(task));
  const { dash, marker } = LOOKS[alone ? 0 : look % LOOKS.length];
  const at = (i, d, kind) => {
    const transform = `translate(${point(i, task.score)})`;
    return svg('path', { d, class: kind, transform });
  };
  const parts = [
    svg('path', {
      class: 'dots',
      d: dotsOf(shown.map((i) => point(i, task.fitness))),
    }),
    svg('path', {
      class: 'curve',
      'stroke-dasharray': dash,
      d: lineOf(full.map((i) => point(i, task.score))),
    }),
  ];
  if (!alone) {
    // Markers of the runs stand apart: each starts a little later.
    for (let part = 0.06 + 0.05 * (place % 4); part < 0.97; part += 0.22) {
      const i = full[Math.floor(part * full.length)];
      if (i !== undefined) parts.push(at(i, MARKERS[marker], 'marker'));
    }
  }
  if (task.finish && task.evaluations) {
    parts.push(at(task.evaluations - 1, END, 'marker end'));
  }
  const colour = alone ? `task-${task.index % 5}` : `look-${look % 5}`;
  return svg('g', { class: colour }, ...parts);
}

/** A sample of a run's line with its name. */
function lookEntry(look, label) {
  const { dash, marker } = LOOKS[look % LOOKS.length];
  const sample = svg(
    'svg',
    { width: 46, height: 16, class: `look-${look % 5}`, 'aria-hidden': 'true' },
    svg('path', { class: 'curve', 'stroke-dasharray': dash, d: 'M1 8H45' }),
    svg('path', {
      class: 'marker',
      d: MARKERS[marker],
      transform: 'translate(23 8)',
    }),
  );
  const entry = html('li', {}, sample);
  entry.append(label);
  return entry;
}

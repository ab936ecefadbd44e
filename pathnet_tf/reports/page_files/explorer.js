// The slider through the evolution, and all that follows it.

class Explorer {
  constructor(run) {
    this.run = run;
    this.words = html('p', { class: 'moment' });
    this.panel = new ModulePanel(run);
    this.network = new Network(run, (layer, module) =>
      this.panel.choose(layer, module),
    );
    this.legend = html('ul', { class: 'legend' });
    this.table = html('tbody');
    this.population = this.#population();
    this.timeline = new Timeline(run, (moment) => this.#later(moment));
    const picture = html('div', { class: 'picture' }, this.network.root);
    this.root = html(
      'div',
      { class: 'explorer' },
      this.words,
      html('div', {}, picture, this.timeline.root),
      this.panel.root,
      this.legend,
      this.population,
    );
    onWidth(picture, (width) => this.network.resize(width));
    this.#show(run.moments - 1);
  }

  /** Shows a moment as if the slider had been moved there. */
  go(moment) {
    this.timeline.go(moment);
  }

  /** Once a frame is enough, however often the slider moves. */
  #later(moment) {
    if (this.wanted === undefined) {
      requestAnimationFrame(() => {
        const wanted = this.wanted;
        this.wanted = undefined;
        this.#show(wanted);
      });
    }
    this.wanted = moment;
  }

  #show(moment) {
    const state = stateAt(this.run, moment);
    const words = momentText(state);
    this.state = state;
    this.words.textContent = words;
    this.network.show(state);
    this.timeline.show(state, words);
    this.panel.show(state);
    if (this.task !== state.task) this.#legend(state.task);
    this.task = state.task;
    if (this.population.open) this.#fillTable();
  }

  #legend(task) {
    const entry = (words, ...parts) => {
      const sample = svg(
        'svg',
        {
          width: 34,
          height: 18,
          class: `network task-${task.index % 5}`,
          'aria-hidden': 'true',
        },
        ...parts,
      );
      const item = html('li', {}, sample);
      item.append(words);
      return item;
    };
    const node = (kind, d) => {
      const shape = svg('path', { d });
      shape.style.setProperty('--share', '60%');
      const place = { transform: 'translate(17 9)' };
      return svg('g', { class: `module ${kind}`, ...place }, shape);
    };
    const circle = 'M-7 0A7 7 0 0 1 7 0A7 7 0 0 1 -7 0Z';
    const square = 'M-6.5 -6.5H6.5V6.5H-6.5Z';
    const line = (kind, attributes = {}) =>
      svg('path', { class: kind, d: 'M1 9H33', ...attributes });
    this.legend.replaceChildren(
      entry(
        'in paths: the thicker, the more share it',
        line('population', { 'stroke-width': 3, 'stroke-opacity': 0.5 }),
        node('alive', circle),
      ),
      entry(
        'on the fittest path',
        line('fittest'),
        node('alive best', circle),
      ),
      entry('in no path', node('idle', circle)),
      ...(task.frozen.flat().length
        ? [entry('frozen module', node('frozen', square))]
        : []),
      ...frozenTasks(this.run, task).map((earlier) =>
        entry(
          `frozen path of ${earlier.short}`,
          line('frozen-path', {
            'stroke-dasharray': DASHES[earlier.index % DASHES.length],
          }),
        ),
      ),
      ...(this.run.tasks.length > 1
        ? [
            entry(
              `score: every task has its own scale, this is ${task.short}'s`,
              line('curve'),
            ),
          ]
        : []),
    );
  }

  /** The same population as a table, for those who would rather read. */
  #population() {
    const summary = html('summary');
    summary.textContent = 'The population of this moment as a table';
    const heads = ['member', 'path, layer by layer', 'last score'].map(
      (words) => {
        const cell = html('th', { scope: 'col' });
        cell.textContent = words;
        return cell;
      },
    );
    const head = html('thead', {}, html('tr', {}, ...heads));
    const details = html(
      'details',
      {},
      summary,
      html(
        'div',
        {
          class: 'wide',
          role: 'region',
          'aria-label': 'population',
          tabindex: 0,
        },
        html('table', {}, head, this.table),
      ),
    );
    details.addEventListener('toggle', () => {
      if (details.open) this.#fillTable();
    });
    return details;
  }

  #fillTable() {
    const { task, genes, scores, fittest } = this.state;
    const rows = scores.map((score, member) => {
      const layers = layersOf(task, genes, member);
      const path = layers.map((modules) => modules.join('·')).join(' → ');
      const last = score === null ? 'not evaluated' : scoreText(score);
      return html(
        'tr',
        {},
        html('th', { scope: 'row' }, member),
        html('td', {}, html('code', {}, path)),
        html('td', {}, last, member === fittest ? ' ★ fittest' : ''),
      );
    });
    this.table.replaceChildren(...rows);
  }
}

/** A state in words. */
function momentText({ task, count, scores, fittest, finished }) {
  const unit = task.images ? 'minibatches' : 'steps';
  const name = `Task ${task.index + 1}, ${task.short}`;
  if (!count) return `${name}: a new population, nothing evaluated yet`;
  const score = scoreText(task.score[count - 1]);
  const parts = [
    `${count} of ${task.evaluations} evaluations`,
    `${stepsText(task.steps[count - 1])} ${unit}`,
    `${task.images ? 'accuracy' : 'score'} ${score}` +
      ` (mean of the last ${Math.min(count, task.window)})`,
    `fittest path ${scoreText(scores[fittest])}`,
  ];
  if (finished) {
    const froze = task.finish.frozen.flat().length;
    parts.push(froze ? 'finished: its path is frozen' : 'finished');
  }
  return `${name}: ${parts.join(', ')}`;
}

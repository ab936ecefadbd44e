// The super-network: layers are columns, modules are circles or, once frozen,
// squares; a path is all lines between its modules of neighbouring layers.

const LEVELS = 8; // Of how many paths share a line.
const DASHES = ['none', '7 3', '2 3', '9 3 2 3'];

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

class Network {
  /**
   * @param run the run.
   * @param select called with layer and module when one is hovered or focused;
   *   without it the picture is a small one that shows and does nothing.
   */
  constructor(run, select = null) {
    this.run = run;
    this.select = select;
    this.lines = svg('g', { class: 'lines' });
    this.labels = svg('g', { class: 'labels' });
    this.nodes = run.rows.map((count, layer) =>
      Array.from({ length: count }, (_, module) => this.#node(layer, module)),
    );
    this.root = svg(
      'svg',
      select
        ? { role: 'radiogroup', 'aria-label': 'modules, layer by layer' }
        : { 'aria-hidden': 'true' },
      this.lines,
      ...this.nodes.flat().map((node) => node.root),
      this.labels,
    );
    if (select) this.#listen();
  }

  #node(layer, module) {
    const shape = svg('path');
    const text = svg('text', { 'text-anchor': 'middle', dy: '0.35em' });
    text.textContent = module;
    const parts = this.select ? [shape, text] : [shape];
    const root = svg('g', { 'data-layer': layer, 'data-module': module });
    root.append(...parts);
    if (this.select) {
      root.setAttribute('role', 'radio');
      root.setAttribute('tabindex', layer + module ? -1 : 0);
    }
    return { root, shape, text };
  }

  /** Takes a width in pixels; the height follows from the modules. */
  resize(width) {
    const { rows } = this.run;
    const { select } = this;
    const most = Math.max(...rows);
    const pitch = select
      ? clamp(400 / most, 17, 34)
      : clamp(110 / most, 4, 12);
    this.radius = Math.min(pitch * 0.4, 11);
    const side = this.radius + (select ? 8 : 5);
    const foot = select ? 22 : 0;
    const height = (most - 1) * pitch + 2 * side + foot;
    this.root.setAttribute('width', width);
    this.root.setAttribute('height', height);
    const gap = (width - 2 * side) / Math.max(1, rows.length - 1);
    const single = rows.length === 1;
    this.x = (layer) => (single ? width / 2 : side + layer * gap);
    this.y = (layer, module) =>
      side + ((most - rows[layer]) / 2 + module) * pitch;
    this.labels.replaceChildren();
    rows.forEach((count, layer) => {
      for (let module = 0; module < count; module++) {
        this.nodes[layer][module].root.setAttribute(
          'transform',
          `translate(${this.x(layer)} ${this.y(layer, module)})`,
        );
      }
      if (select) {
        const anchor =
          single || (layer && layer < rows.length - 1)
            ? 'middle'
            : layer ? 'end' : 'start';
        const shift = { start: -side, middle: 0, end: side }[anchor];
        const label = svg('text', {
          x: this.x(layer) + shift,
          y: height - 4,
          'text-anchor': anchor,
        });
        label.textContent = `layer ${layer + 1}`;
        this.labels.append(label);
      }
    });
    if (this.state) this.show(this.state);
  }

  show(state) {
    this.state = state;
    if (!this.x) return; // It has no width yet.
    const { task, genes, fittest } = state;
    const members = genes.length / task.size;
    const paths = Array.from({ length: members }, (_, member) =>
      layersOf(task, genes, member),
    );
    const best = fittest === null ? null : paths[fittest];
    this.root.setAttribute('class', `network task-${task.index % 5}`);
    this.lines.replaceChildren(
      ...this.#populationLines(paths),
      ...this.#frozenLines(task),
      ...(best ? [this.#path(this.#curves(best), { class: 'fittest' })] : []),
    );
    this.nodes.forEach((nodes, layer) => {
      const frozen = new Set(task.frozen[layer]);
      nodes.forEach((node, module) => {
        const present = module < task.modules[layer];
        node.root.classList.toggle('absent', !present);
        if (!present) return;
        this.#update(node, layer, module, {
          holders: paths.filter((path) => path[layer].includes(module)).length,
          members,
          frozen: frozen.has(module),
          best: best !== null && best[layer].includes(module),
        });
      });
    });
  }

  #update({ root, shape }, layer, module, { holders, members, frozen, best }) {
    const share = holders / members;
    const kind = frozen ? 'frozen' : holders ? 'alive' : 'idle';
    const r = this.radius * (kind === 'idle' && !this.select ? 0.6 : 1);
    shape.setAttribute(
      'd',
      frozen
        ? `M${-r} ${-r}H${r}V${r}H${-r}Z`
        : `M${-r} 0A${r} ${r} 0 0 1 ${r} 0A${r} ${r} 0 0 1 ${-r} 0Z`,
    );
    shape.style.setProperty('--share', `${15 + 65 * share}%`);
    root.setAttribute('class', `module ${kind}`);
    root.classList.toggle('best', best);
    root.classList.toggle('strong', kind === 'alive' && share > 0.7);
    if (!this.select) return;
    root.classList.toggle('numbered', this.radius >= 8);
    root.setAttribute(
      'aria-label',
      `layer ${layer + 1}, module ${module}: in ${holders} of ${members}` +
        ` paths${frozen ? ', frozen' : ''}` +
        `${best ? ', on the fittest path' : ''}`,
    );
    const chosen =
      this.chosen?.layer === layer && this.chosen?.module === module;
    root.setAttribute('aria-checked', chosen);
  }

  /** Lines of the population, in a path for each of a few strengths. */
  #populationLines(paths) {
    const levels = Array.from({ length: LEVELS }, () => []);
    for (let layer = 0; layer + 1 < this.run.rows.length; layer++) {
      const width = this.run.rows[layer + 1];
      const counts = new Map();
      for (const path of paths) {
        for (const here of path[layer]) {
          for (const there of path[layer + 1]) {
            const line = here * width + there;
            counts.set(line, (counts.get(line) ?? 0) + 1);
          }
        }
      }
      for (const [line, count] of counts) {
        const level = Math.ceil((count / paths.length) * LEVELS) - 1;
        const here = Math.floor(line / width);
        levels[level].push(this.#curve(layer, here, line % width));
      }
    }
    return levels.map((curves, level) => {
      const share = (level + 1) / LEVELS;
      return this.#path(curves, {
        class: 'population',
        'stroke-width': (this.select ? 3.6 : 2) * share + 0.3,
        'stroke-opacity': 0.12 + 0.6 * share,
      });
    });
  }

  #frozenLines(task) {
    return frozenTasks(this.run, task).map((earlier) =>
      this.#path(this.#curves(layersOf(earlier, earlier.finish.path)), {
        class: 'frozen-path',
        'stroke-dasharray': DASHES[earlier.index % DASHES.length],
      }),
    );
  }

  #path(curves, attributes) {
    return svg('path', { d: curves.join(''), ...attributes });
  }

  /** All lines of one path. */
  #curves(path) {
    return path.slice(1).flatMap((there, layer) =>
      path[layer].flatMap((a) => there.map((b) => this.#curve(layer, a, b))),
    );
  }

  #curve(layer, here, there) {
    const [x1, x2] = [this.x(layer), this.x(layer + 1)];
    const [y1, y2] = [this.y(layer, here), this.y(layer + 1, there)];
    const middle = (x1 + x2) / 2;
    return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
  }

  #listen() {
    const choose = (event) => {
      const node = event.target.closest('.module');
      if (node) this.choose(+node.dataset.layer, +node.dataset.module);
    };
    this.root.addEventListener('pointerover', choose);
    this.root.addEventListener('focusin', choose);
    this.root.addEventListener('keydown', (event) => {
      const steps = {
        ArrowLeft: [-1, 0],
        ArrowRight: [1, 0],
        ArrowUp: [0, -1],
        ArrowDown: [0, 1],
      };
      if (!(event.key in steps)) return;
      event.preventDefault();
      const [across, down] = steps[event.key];
      const { modules } = this.state.task;
      const last = modules.length - 1;
      const layer = clamp(this.chosen.layer + across, 0, last);
      const module = clamp(this.chosen.module + down, 0, modules[layer] - 1);
      this.nodes[layer][module].root.focus();
    });
  }

  /** Makes a module the one that is told about. */
  choose(layer, module) {
    const root = (one) => this.nodes[one.layer][one.module].root;
    const old = this.chosen ?? { layer: 0, module: 0 };
    root(old).setAttribute('tabindex', -1);
    root(old).setAttribute('aria-checked', false);
    this.chosen = { layer, module };
    root(this.chosen).setAttribute('tabindex', 0);
    root(this.chosen).setAttribute('aria-checked', true);
    this.select(layer, module);
  }
}

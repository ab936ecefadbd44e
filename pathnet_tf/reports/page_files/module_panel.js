// What became of one module: who holds it, what went through it, who froze it.

class ModulePanel {
  constructor(run) {
    this.run = run;
    this.title = html('h3');
    this.facts = html('dl');
    this.chart = svg('svg', { class: 'use', 'aria-hidden': 'true' });
    this.root = html(
      'div',
      { class: 'module-panel' },
      this.title,
      this.facts,
      this.chart,
    );
    this.title.textContent = 'A module';
    const advice = html('dd');
    advice.textContent =
      'Point at a module, or go to one by Tab and the arrow keys, to see its' +
      ' history.';
    this.facts.append(advice);
    onWidth(this.root, () => this.#draw());
  }

  /** Tells about another module from now on. */
  choose(layer, module) {
    if (this.layer === layer && this.module === module) return;
    this.layer = layer;
    this.module = module;
    this.uses = this.run.tasks.map((task) =>
      module < task.modules[layer] ? moduleUse(task, layer, module) : null,
    );
    this.#draw();
  }

  show(state) {
    this.state = state;
    if (!this.uses) return;
    this.title.textContent = `Layer ${this.layer + 1}, module ${this.module}`;
    const { task, count } = state;
    const use = this.uses[task.index];
    const facts = use
      ? [
          ['now', this.#now(use, task, count)],
          ['so far', this.#soFar(use, task, count)],
          ['frozen', this.#frozen(task)],
          ['whole run', this.#wholeRun()],
        ]
      : [['now', 'not there yet: the network grows with a later task']];
    this.facts.replaceChildren(
      ...facts.flatMap(([name, words]) => {
        const parts = [html('dt'), html('dd')];
        parts[0].textContent = name;
        parts[1].textContent = words;
        return parts;
      }),
    );
    this.cursor?.setAttribute('d', this.#cursorLine());
  }

  #now({ holders, members }, task, count) {
    const { genes, fittest } = this.state;
    const best =
      fittest !== null &&
      holds(task, genes, fittest, this.layer, this.module);
    return (
      `in ${holders[count]} of ${members} paths` +
      (best ? ', and on the fittest one' : '')
    );
  }

  #soFar({ through, scores }, task, count) {
    const unit = task.images ? 'accuracy' : 'score';
    if (!count) return `no evaluation of ${task.short} yet`;
    let all = 0;
    for (let i = 0; i < count; i++) all += task.fitness[i];
    const mean = through[count]
      ? `; their mean ${unit} ${scoreText(scores[count] / through[count])}`
      : '';
    return (
      `on the path of ${through[count]} of ${count} evaluations of` +
      ` ${task.short}${mean}, that of all ${scoreText(all / count)}`
    );
  }

  #frozen(task) {
    const by = frozenBy(this.run, this.layer, this.module);
    if (!by) return 'never';
    const when = `the end of task ${by.index + 1}, ${by.short}`;
    if (by.index >= task.index) return `not yet, from ${when} on`;
    const runs = this.run.alwaysOn ? '; it runs beside every path' : '';
    return `since ${when}${runs}`;
  }

  #wholeRun() {
    const shares = [];
    const ends = [];
    this.run.tasks.forEach((task, index) => {
      const through = this.uses[index]?.through[task.evaluations];
      if (through) {
        const percent = Math.round((100 * through) / task.evaluations);
        shares.push(`${percent} % of task ${index + 1}`);
      }
      const { layer, module } = this;
      if (task.finish && holds(task, task.finish.path, 0, layer, module)) {
        ends.push(index + 1);
      }
    });
    if (!shares.length) return 'no evaluation went through it';
    const last = ends.length
      ? `; on the final path of task ${ends.join(', ')}`
      : '';
    return `through it went, of all evaluations, ${shares.join(', ')}${last}`;
  }

  /** How many paths held it, over the whole run. */
  #draw() {
    const width = this.root.clientWidth;
    if (!this.uses || !width) return;
    const height = 64;
    this.width = width;
    this.chart.setAttribute('width', width);
    this.chart.setAttribute('height', height);
    const areas = this.run.tasks.map((task, index) => {
      const use = this.uses[index];
      if (!use) return svg('g');
      const y = (share) => (height - 4 - (height - 22) * share).toFixed(1);
      const steps = spread(use.holders.length, 400).map(
        (i) =>
          `${this.#x(task.start + i).toFixed(1)}` +
          ` ${y(use.holders[i] / use.members)}`,
      );
      const begin = this.#x(task.start).toFixed(1);
      const end = this.#x(task.start + task.evaluations).toFixed(1);
      const d = `M${begin} ${y(0)}L${steps.join('L')}L${end} ${y(0)}Z`;
      return svg('path', { class: `task-${task.index % 5} area`, d });
    });
    const name = svg('text', { x: 0, y: 12, class: 'name' });
    name.textContent = 'share of the paths that hold it, over the run';
    this.cursor = svg('path', { class: 'cursor', d: this.#cursorLine() });
    this.chart.replaceChildren(...areas, name, this.cursor);
    if (this.state) this.show(this.state);
  }

  #x(moment) {
    return 1 + ((this.width - 2) * moment) / Math.max(1, this.run.moments - 1);
  }

  #cursorLine() {
    return `M${this.#x(this.state?.moment ?? 0)} 18V64`;
  }
}

// The score of the whole run, task after task, above a slider through it.

const MARGIN = 8; // Half of the slider's thumb: its middle is the moment.
const AXIS = 48; // Width of what stands to the left of the plot.
const HEIGHT = 118;

class Timeline {
  /**
   * @param run the run.
   * @param move called with the moment that the slider is moved to.
   */
  constructor(run, move) {
    this.run = run;
    this.move = move;
    this.moment = run.moments - 1;
    this.chart = svg('svg', { class: 'timeline', 'aria-hidden': 'true' });
    this.slider = html('input', {
      type: 'range',
      min: 0,
      max: run.moments - 1,
      value: this.moment,
      'aria-label': 'evaluations of the run',
    });
    this.button = html('button', { type: 'button', class: 'play' });
    this.root = html(
      'div',
      { class: 'time' },
      this.chart,
      html('div', { class: 'controls' }, this.button, this.slider),
    );
    this.#listen();
    this.#setPlaying(false);
    onWidth(this.root, (width) => this.#draw(width));
  }

  /** Moves the slider and what hangs on it. */
  go(moment) {
    this.moment = moment;
    this.slider.value = moment;
    this.move(moment);
  }

  /** Shows a state, whose words are also the slider's. */
  show(state, words) {
    this.slider.setAttribute('aria-valuetext', words);
    if (!this.panels) return; // It has no width yet.
    const { task, count, moment } = state;
    const x = this.#x(moment);
    const panel = this.panels[task.index];
    for (const one of this.panels) {
      one.root.classList.toggle('now', one === panel);
    }
    this.cursor.setAttribute('d', `M${x} 0V${HEIGHT}`);
    this.dot.setAttribute('visibility', count ? 'visible' : 'hidden');
    if (count) {
      const y = panel.y(task.score[count - 1]);
      this.dot.setAttribute('transform', `translate(${x} ${y})`);
    }
    this.dot.setAttribute('class', `task-${task.index % 5} marker`);
    this.axis.replaceChildren(
      ...panel.ticks.map((value) => {
        const text = svg('text', {
          x: AXIS - 4,
          y: panel.y(value) + 4,
          'text-anchor': 'end',
        });
        text.textContent = scoreText(value);
        return text;
      }),
    );
  }

  toggle() {
    this.#setPlaying(!this.playing);
  }

  #listen() {
    this.slider.addEventListener('input', () => {
      this.#setPlaying(false);
      this.go(this.slider.valueAsNumber);
    });
    this.slider.addEventListener('keydown', (event) => {
      if (event.key !== ' ') return;
      event.preventDefault(); // It would scroll the page.
      this.toggle();
    });
    this.button.addEventListener('click', () => this.toggle());
    const point = (event) => {
      const { left } = this.chart.getBoundingClientRect();
      const width = this.chart.clientWidth - AXIS - 2 * MARGIN;
      const share = (event.clientX - left - AXIS - MARGIN) / width;
      this.#setPlaying(false);
      this.go(Math.round(clamp(share, 0, 1) * (this.run.moments - 1)));
    };
    this.chart.addEventListener('pointerdown', (event) => {
      this.chart.setPointerCapture(event.pointerId);
      point(event);
    });
    this.chart.addEventListener('pointermove', (event) => {
      if (event.buttons) point(event);
    });
  }

  #setPlaying(playing) {
    // What an earlier play has left waiting finds another turn, and ends.
    const turn = {};
    this.turn = turn;
    this.playing = playing;
    const words = playing ? 'Pause' : 'Play';
    this.button.textContent = playing ? '❚❚' : '▶';
    this.button.setAttribute('aria-label', words);
    this.button.title = `${words} (space)`;
    if (!playing) return;
    const last = this.run.moments - 1;
    if (this.moment === last) this.go(0);
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    calm ? this.#playInSteps(last, turn) : this.#play(last, turn);
  }

  /** From here to the end, the whole run in some seconds. */
  #play(last, turn) {
    const seconds = clamp(last / 20, 6, 40);
    const begin = this.moment;
    let started = null;
    const frame = (now) => {
      started ??= now;
      const gone = ((now - started) / 1000 / seconds) * last;
      const moment = Math.min(last, begin + Math.floor(gone));
      if (this.turn !== turn) return;
      if (moment !== this.moment) this.go(moment);
      if (moment === last) this.#setPlaying(false);
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  /** The same as a few still pictures, for those who ask for less motion. */
  #playInSteps(last, turn) {
    const step = () => {
      if (this.turn !== turn) return;
      this.go(Math.min(last, this.moment + Math.ceil(last / 24)));
      if (this.moment === last) this.#setPlaying(false);
      else setTimeout(step, 1500);
    };
    step();
  }

  #x(moment) {
    const share = moment / Math.max(1, this.run.moments - 1);
    return AXIS + MARGIN + (this.width - AXIS - 2 * MARGIN) * share;
  }

  #draw(width) {
    this.width = width;
    this.chart.setAttribute('width', width);
    this.chart.setAttribute('height', HEIGHT);
    this.panels = this.run.tasks.map((task) => this.#panel(task));
    this.cursor = svg('path', { class: 'cursor' });
    this.dot = svg('path', { d: MARKERS.circle });
    this.axis = svg('g', { class: 'tick' });
    this.chart.replaceChildren(
      ...this.panels.map((panel) => panel.root),
      this.axis,
      this.cursor,
      this.dot,
    );
    this.move(this.moment);
  }

  /** A task's part of the chart, with a scale of its own. */
  #panel(task) {
    const [low, high] = range(task.fitness);
    const [top, bottom] = [22, HEIGHT - 6];
    const y = (score) =>
      bottom - ((bottom - top) * (score - low)) / (high - low);
    const point = (i, scores) =>
      `${this.#x(task.start + i + 1).toFixed(1)} ${y(scores[i]).toFixed(1)}`;
    const begin = this.#x(task.start);
    const end = this.#x(task.start + task.evaluations);
    const shown = spread(task.evaluations, MOST_POINTS);
    const full = shown.filter((i) => i >= firstFull(task));
    const name = svg('text', { x: begin + 2, y: 13, class: 'name' });
    // About seven pixels a letter: a name that does not fit is left out.
    const fits = task.short.length * 7 < end - begin;
    name.textContent = fits ? task.short : task.index + 1;
    const root = svg(
      'g',
      { class: `task-${task.index % 5} span` },
      svg('rect', {
        x: begin,
        y: 18,
        width: Math.max(1, end - begin),
        height: HEIGHT - 18,
      }),
      svg('path', {
        class: 'dots',
        d: dotsOf(shown.map((i) => point(i, task.fitness))),
      }),
      svg('path', {
        class: 'curve',
        d: lineOf(full.map((i) => point(i, task.score))),
      }),
      name,
    );
    return { root, y, ticks: ticks(low, high, 4) };
  }
}

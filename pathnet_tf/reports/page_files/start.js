// Fills the places that the page leaves for figures.

const data = JSON.parse(document.getElementById('data').textContent);
const runs = data.runs.map(readRun);

/** The nine boxes: buttons that take the slider there. */
function fillBoxes(place, run, explorer) {
  for (const [index, count] of run.boxes) {
    const task = run.tasks[index];
    const state = stateAt(run, task.start + count);
    const network = new Network(run);
    const caption = html('b');
    const unit = task.images ? 'minibatches' : 'steps';
    const when = count
      ? `${stepsText(task.steps[count - 1])} ${unit}`
      : 'new population';
    const end = state.finished ? ', finished' : '';
    caption.textContent = `${task.short} · ${when}${end}`;
    const box = html(
      'button',
      { type: 'button', class: `box task-${index % 5}` },
      caption,
      html('span', {}, network.root),
    );
    box.addEventListener('click', () => {
      explorer.go(state.moment);
      explorer.root.scrollIntoView({ block: 'center' });
      explorer.timeline.slider.focus({ preventScroll: true });
    });
    network.show(state);
    onWidth(box.lastChild, (width) => network.resize(width));
    place.append(box);
  }
}

runs.forEach((run, index) => {
  const article = document.getElementById(`run-${index}`);
  const part = (name) => article.querySelector(`[data-part=${name}]`);
  const explorer = new Explorer(run);
  part('explorer').append(explorer.root);
  fillBoxes(part('boxes'), run, explorer);
  for (const task of run.tasks.filter((one) => one.evaluations)) {
    part('curves').append(curvePanel(task.name, [{ task, look: null }]));
  }
});

const common = document.querySelector('[data-part=common]');
if (common) {
  for (const { title, lines } of data.common) {
    const shown = lines.map(([run, task]) => ({
      task: runs[run].tasks[task],
      look: run,
    }));
    common.append(curvePanel(title, shown));
  }
  const entries = runs.map((run, index) => lookEntry(index, run.label));
  common.append(html('ul', { class: 'legend' }, ...entries));
}

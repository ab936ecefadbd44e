// A run's populations, replayed from its first ones and what came after them.
//
// A moment is a task's number of evaluations; the moments of all tasks, one
// after the other, are numbered from 0.

/** Makes of a run's data what the figures need. */
function readRun(data) {
  let start = 0;
  const tasks = data.tasks.map((task, index) => {
    const layers = task.modules.length;
    const read = {
      ...task,
      index,
      start,
      evaluations: task.member.length,
      size: layers * task.active,
      children: Int32Array.from(task.children),
    };
    start += read.evaluations + 1;
    return read;
  });
  return {
    ...data,
    tasks,
    moments: start,
    // Room for this many modules in each layer: the network may grow.
    rows: tasks[0].modules.map((_, layer) =>
      Math.max(...tasks.map((task) => task.modules[layer])),
    ),
  };
}

function locate(run, moment) {
  const task = run.tasks.findLast((one) => one.start <= moment);
  return { task, count: moment - task.start };
}

/**
 * The genes and last scores after `count` evaluations.
 *
 * A score is null where the genotype has not been evaluated. `visit` is called
 * with the number, the member and the genes of every evaluation, as they were
 * while it was trained.
 */
function replay(task, count, visit = () => {}) {
  const { children, size } = task;
  const genes = Int32Array.from(task.population);
  const scores = new Array(genes.length / size).fill(null);
  let next = 0;
  for (let i = 0; i < count; i++) {
    const member = task.member[i];
    visit(i, member, genes);
    scores[member] = task.fitness[i];
    if (next < children.length && children[next] === i) {
      const loser = children[next + 1];
      const end = next + 2 + size;
      genes.set(children.subarray(next + 2, end), loser * size);
      scores[loser] = null;
      next = end;
    }
  }
  return { genes, scores };
}

/** All that a moment's figures show. */
function stateAt(run, moment) {
  const { task, count } = locate(run, moment);
  const { genes, scores } = replay(task, count);
  let fittest = null;
  scores.forEach((score, member) => {
    if (score !== null && (fittest === null || score > scores[fittest])) {
      fittest = member;
    }
  });
  const finished = task.finish !== null && count === task.evaluations;
  return { moment, task, count, genes, scores, fittest, finished };
}

/** The distinct modules of each layer of a genotype, ascending. */
function layersOf(task, genes, member = 0) {
  return task.modules.map((_, layer) => {
    const begin = member * task.size + layer * task.active;
    const held = new Set(genes.slice(begin, begin + task.active));
    return [...held].sort((a, b) => a - b);
  });
}

/** Whether a genotype holds a module. */
function holds(task, genes, member, layer, module) {
  const begin = member * task.size + layer * task.active;
  for (let i = begin; i < begin + task.active; i++) {
    if (genes[i] === module) return true;
  }
  return false;
}

/** Which task froze a module, if one did. */
function frozenBy(run, layer, module) {
  return run.tasks.find(
    (task) => task.finish && task.finish.frozen[layer].includes(module),
  );
}

/** Earlier tasks whose final path is frozen. */
function frozenTasks(run, task) {
  return run.tasks.slice(0, task.index).filter(
    (earlier) =>
      earlier.finish &&
      layersOf(earlier, earlier.finish.path).every((modules, layer) =>
        modules.every((module) => task.frozen[layer].includes(module)),
      ),
  );
}

/**
 * A module in a task, moment by moment.
 *
 * Of each number of evaluations: how many genotypes hold it, how many
 * evaluations went through it so far, and the sum of their scores.
 */
function moduleUse(task, layer, module) {
  const moments = task.evaluations + 1;
  const holders = new Float64Array(moments);
  const through = new Float64Array(moments);
  const scores = new Float64Array(moments);
  const members = task.population.length / task.size;
  const count = (genes) => {
    let sum = 0;
    for (let member = 0; member < members; member++) {
      sum += holds(task, genes, member, layer, module);
    }
    return sum;
  };
  const { genes } = replay(task, task.evaluations, (i, member, before) => {
    const used = holds(task, before, member, layer, module);
    holders[i] = count(before);
    through[i + 1] = through[i] + used;
    scores[i + 1] = scores[i] + (used ? task.fitness[i] : 0);
  });
  holders[moments - 1] = count(genes);
  return { holders, through, scores, members };
}

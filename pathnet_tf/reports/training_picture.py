# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""A run at one moment: its network, and its score curve as far as it has come.

Made for videos: what stands still is drawn once, the rest for every picture.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from pathnet_tf.reports import run_curve, style
from pathnet_tf.reports.history import History
from pathnet_tf.reports.moments import Moment, snapshot
from pathnet_tf.reports.network_drawing import draw_network

# Inches, from the lower left corner.
_WIDTH, _HEIGHT = 8.0, 4.5
_LEFT, _RIGHT = 0.2, 7.8
_NETWORK = (1.62, 3.8)
_CURVES = (0.3, 1.08)
_NAME_LETTER = 0.075  # A letter of a panel's name.
_LONG_NAME = 26  # Letters of a task's name that go beside what is told of it.


class TrainingPicture:
  """Draws moments of one run, in any order, all in one layout.

  The network is in the middle; above it the task's name, its steps and its
  score; below it the score curves, a panel a task, as wide as its agent steps,
  each with its own scale. What lies after the moment is not shown.
  """

  def __init__(self, history: History, dots: int):
    """Draws what stands still.

    Args:
      history: the run, finished or not, of one task or more.
      dots: to an inch; a picture has 8 by 4.5 inches.
    """
    tasks = history.tasks
    self._history = history
    self._names = history.short_names()
    self._rows = [
      max(task.modules[layer] for task in tasks)
      for layer in range(len(tasks[0].modules))
    ]
    self._figure = style.new_figure(_WIDTH, _HEIGHT)
    self._figure.set_dpi(dots)
    # What is animated is left out when the figure is drawn.
    self._name = self._text(
      _LEFT, 4.22, size=16, animated=True, fontweight='bold'
    )
    self._state = self._text(_RIGHT, 4.22, size=12, animated=True, ha='right')
    self._legends = [self._legend(number) for number in range(len(tasks))]
    self._network = self._axes(_LEFT, _RIGHT, *_NETWORK)
    self._network.set_frame_on(False)
    self._network.set_animated(True)
    self._label_layers()
    self._panels = self._add_panels()
    curves = []
    for number, (axes, task) in enumerate(
      zip(self._panels, tasks, strict=True)
    ):
      colour = style.task_colour(number)
      curves += run_curve.draw_task_curve(axes, task, colour)
      margin = 0.04 * max(1, task.total_steps)
      axes.set_xlim(
        task.steps_before - margin,
        task.steps_before + task.total_steps + margin,
      )
      axes.margins(y=0.14)
    for line in curves:
      line.set_animated(True)
    canvas = self._figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    self._pixels = np.asarray(canvas.buffer_rgba())
    self._before = self._pixels.copy()
    for line in curves:
      self._figure.draw_artist(line)
    self._after = self._pixels.copy()

  def draw(self, moment: Moment) -> np.ndarray:
    """The picture of a moment, uint8 [4.5 dots, 8 dots, 3], a fresh array."""
    task = self._history.tasks[moment.task]
    colour = style.task_colour(moment.task)
    shown = snapshot(self._history, moment)
    steps = task.steps_after(moment.evaluations)
    words = [style.steps_text(steps) + ' steps']
    if shown.fittest is not None:
      words.insert(0, 'finished')
    # Where the curve has come to.
    panel = self._panels[moment.task]
    head = Line2D(
      [task.steps_before + steps],
      [0],
      marker='o',
      markersize=7,
      color=colour,
      markeredgecolor='white',
      transform=panel.transData,
      visible=moment.evaluations > 0,
    )
    if moment.evaluations:
      score = task.score_curve()[1][moment.evaluations - 1]
      head.set_ydata([score])
      words.append(f'score {score:.2f}')
    name = self._names[moment.task]
    self._name.set(
      text=name,
      color=colour,
      fontsize=16 * min(1, _LONG_NAME / max(1, len(name))),
    )
    self._state.set_text('   '.join(words))
    for collection in list(self._network.collections):
      collection.remove()
    draw_network(self._network, shown, self._rows)

    now, _ = panel.transData.transform((task.steps_before + steps, 0))
    if moment.evaluations == task.evaluations:
      now = panel.bbox.x1  # Else half of the last point would be missing.
    past = slice(round(now))
    self._pixels[:] = self._before
    self._pixels[:, past] = self._after[:, past]
    for artist in (
      self._name,
      self._state,
      self._legends[moment.task],
      self._network,
      head,
    ):
      self._figure.draw_artist(artist)
    return self._pixels[..., :3].copy()

  def _text(self, x: float, y: float, size: float, **options) -> Text:
    """Text at a place in inches."""
    return self._figure.text(
      x / _WIDTH,
      y / _HEIGHT,
      '',
      fontsize=size,
      color=style.INK,
      va='center',
      **options,
    )

  def _axes(self, left: float, right: float, bottom: float, top: float) -> Axes:
    """Axes between edges in inches."""
    return self._figure.add_axes(
      (
        left / _WIDTH,
        bottom / _HEIGHT,
        (right - left) / _WIDTH,
        (top - bottom) / _HEIGHT,
      )
    )

  def _legend(self, task: int) -> Legend:
    """What is to be seen while a task is trained."""
    many = len(self._history.tasks[task].population) > 1
    paths = 'paths of the population' if many else 'its path'
    last = 'fittest path at the end' if many else 'finished'
    looks = [
      (paths, style.task_colour(task), 'o', 'white'),
      (last, style.fittest_colour(task), 'o', 'white'),
      ('frozen', style.FROZEN_COLOUR, 's', 'white'),
      ('in no path', 'white', 'o', style.IDLE_COLOUR),
    ]
    legend = self._figure.legend(
      handles=[
        Line2D(
          [],
          [],
          color=colour,
          marker=marker,
          markersize=6,
          markeredgecolor=edge,
          linewidth=2,
          label=label,
        )
        for label, colour, marker, edge in looks
        if label != 'frozen' or any(self._history.tasks[task].frozen_before)
      ],
      loc='center left',
      bbox_to_anchor=(_LEFT / _WIDTH, 3.94 / _HEIGHT),
      ncols=len(looks),
      fontsize=9,
      labelcolor=style.MUTED,
      frameon=False,
      borderpad=0,
      borderaxespad=0,
      handlelength=2,
      columnspacing=1.6,
    )
    legend.set_animated(True)
    return legend

  def _label_layers(self) -> None:
    for layer in range(len(self._rows)):
      self._network.annotate(
        f'layer {layer + 1}',
        (layer, 0),
        xycoords=self._network.get_xaxis_transform(),
        ha='center',
        va='top',
        fontsize=9,
        color=style.MUTED,
      )

  def _add_panels(self) -> list[Axes]:
    """Axes for every task, with numbers and names if there is room for them."""
    shares = run_curve.panel_widths(self._history)
    roomy = len(shares) <= 4
    gap = 0.5 if roomy else 0.12
    left = _LEFT + (0.25 if roomy else 0)
    widths = (_RIGHT - left - gap * (len(shares) - 1)) * shares / shares.sum()
    named = roomy and all(
      _NAME_LETTER * len(name) < width + gap
      for name, width in zip(self._names, widths, strict=True)
    )
    panels = []
    for name, width in zip(self._names, widths, strict=True):
      axes = self._axes(left, left + width, *_CURVES)
      left += width + gap
      style.finish_axes(axes, size=8, ticks=max(1, round(width)))
      axes.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 2.5, 5, 10]))
      if not roomy:
        axes.tick_params(labelleft=False, labelbottom=False, length=0)
      if named:
        axes.set_title(name, fontsize=9, color=style.MUTED, loc='left', pad=3)
      panels.append(axes)
    return panels

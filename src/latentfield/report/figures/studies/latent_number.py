"""Nats per held-out word of a recording against the number of latents, beside models without a latent variable; and what several
seeds say of K, the cumulant generating function, beyond its Gaussian part.

Error bars are those of the difference from independent cells, word by word: how hard the held-out words are is common to all.

Both series of the VAE have them, those of the importance-weighted bound, and they are smaller than the errors of the
nats themselves. The models without latents are lines without a band. Each panel is one way of holding words out; values
of two panels belong to different words. Trainings that differ in their seeds are points above the same d.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from latentfield.recordings import retina
from latentfield.report.figures import canvas
from latentfield.report.figures.words import model
from latentfield.report.labels import MARK, surrogate, title
from latentfield.studies.latent_number.record import LatentNumberRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABELS = ("VAE, −ELBO", "VAE, importance weighted")
"""Labels of the two series of the VAE; both are upper bounds of its nats, the second the closer one."""
STYLES = {"independent": ":", "count": "--", "pairwise": "-.", "mixture": (0, (5, 1, 1, 1, 1, 1))}
"""Line of each model without latents, by its name in the ladder."""


def draw(record: LatentNumberRecord, folder: Path) -> list[Path]:
    """Draw latents.png and latents.svg in `folder` from the record of the study: a panel for each split, and one for K.

    Returns both. The panel of K is there only if several seeds were trained. Synthetic words are stamped across the
    figure.
    """
    with canvas.look():
        splits, seeds = list(record.ladder), record.cumulant is not None
        panels = len(splits) + seeds
        figure = canvas.new(4.4 * panels, 3.8)
        row = figure.subplots(1, panels, squeeze=False)[0]
        for axes, split in zip(row, splits, strict=False):
            _split(axes, record, split)
        if seeds:
            _excess(row[-1], record)
        canvas.legend(figure, LABELS)
        if surrogate(record):
            canvas.mark(figure)
        headline = f"{title(retina.NAME)}: number of latents"
        figure.suptitle(f"{MARK}\n{headline}" if surrogate(record) else headline, fontsize=11)
        return canvas.write(figure, Path(folder) / "latents")


def _split(axes: Axes, record: LatentNumberRecord, split: str) -> None:
    """Nats per held-out word, lower is better, against the number d of latents on a logarithmic axis, under one split.

    `record.points` are the VAEs (`neg_elbo`, `nats_per_word`, and `gain`, whose error is drawn), `record.ladder` the
    lines.
    """
    points = [point for point in record.points if point.split == split]
    d = [point.latents for point in points]
    se = [point.gain.se for point in points]
    for values, label, marker, color in (
        ([point.neg_elbo.value for point in points], LABELS[0], "o", canvas.FAINT),
        ([point.nats_per_word.value for point in points], LABELS[1], "s", canvas.VERMILION),
    ):
        axes.errorbar(d, values, se, fmt=marker, mfc="none", ms=5, lw=1, color=color, label=label)
    for name, step in record.ladder[split].items():
        axes.axhline(step.value, color=canvas.INK, lw=0.9, ls=STYLES[name])
        axes.annotate(model(name, step), (1, step.value), xycoords=("axes fraction", "data"), xytext=(-3, 2),
                      textcoords="offset points", ha="right", fontsize=7)  # fmt: skip
    axes.set_xscale("log", base=2)
    axes.set_xticks(sorted(set(d)), [str(n) for n in sorted(set(d))])
    axes.set(xlabel="latents d", ylabel="nats per held-out word", title=f"split: {split}")


def _excess(axes: Axes, record: LatentNumberRecord) -> None:
    """K beyond its Gaussian part along each latent, in a band of one standard error over seeds.

    x is the pull h from the mean pull of held-out words along one latent, the others at their mean, as far as all but a
    thousandth of the words reach; y is in nats. The mean and its error are taken over trainings, latents matched and
    signed alike. A Hopfield model with quadratic energy is the line at 0. At most three latents have a curve. The
    heading says how alike the patterns are, 1 for the same.
    """
    rows, alike = record.cumulant or (), record.stability
    for axis, color in zip(
        sorted({row["axis"] for row in rows}), (canvas.BLUE, canvas.VERMILION, canvas.GREEN), strict=False
    ):
        some = [row for row in rows if row["axis"] == axis]
        h, mean, se = (np.array([row[key] for row in some]) for key in ("h", "excess", "excess_se"))
        axes.plot(h, mean, color=color, label=f"latent {int(axis) + 1}")
        axes.fill_between(h, mean - se, mean + se, color=color, alpha=0.25, lw=0)
    axes.axhline(0, color=canvas.FAINT, lw=0.8, zorder=0)
    axes.set(xlabel="pull h from its mean", ylabel="K(h) beyond its Gaussian part, nats")
    if alike:
        axes.set_title(f"{len(alike.seeds)} seeds: patterns alike, mean |cosine| {alike.mean:.2f}")
    axes.legend(fontsize=7.5)

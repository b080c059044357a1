"""Nats per held-out word of a recording against the number of latents, with linear and with curved decoders, beside models without
a latent variable; and what two halves of the words say of K, the cumulant generating function, beyond its Gaussian part.

Error bars are those of the difference from independent cells, word by word: how hard the held-out words are is common to all.
They are smaller than the errors of the nats themselves. Full symbols are exact fits; open ones are VAEs, importance weighted,
which are upper bounds of their nats. The models without latents are lines without a band. Each panel is one way of holding words
out; values of two panels belong to different words.
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

SERIES = (("linear", "linear decoder", canvas.VERMILION), ("curved", "curved decoder", canvas.BLUE))
"""Decoder, label and colour of each series."""
STYLES = {"independent": ":", "count": "--", "pairwise": "-.", "mixture": (0, (5, 1, 1, 1, 1, 1))}
"""Line of each model without latents, by its name in the ladder."""


def draw(record: LatentNumberRecord, folder: Path) -> list[Path]:
    """Draw latents.png and latents.svg in `folder` from the record of the study: a panel for each split, and one for K.

    Returns both. Synthetic words are stamped across the figure.
    """
    with canvas.look():
        splits = list(record.ladder)
        figure = canvas.new(4.4 * (len(splits) + 1), 3.8)
        row = figure.subplots(1, len(splits) + 1)
        for axes, split in zip(row, splits, strict=False):
            _split(axes, record, split)
        _excess(row[-1], record)
        canvas.legend(figure, tuple(label for _, label, _ in SERIES))
        if surrogate(record):
            canvas.mark(figure)
        headline = f"{title(retina.NAME)}: number of latents; full symbols exact fits, open ones VAEs"
        figure.suptitle(f"{MARK}\n{headline}" if surrogate(record) else headline, fontsize=11)
        return canvas.write(figure, Path(folder) / "latents")


def _split(axes: Axes, record: LatentNumberRecord, split: str) -> None:
    """Nats per held-out word, lower is better, against the number d of latents on a logarithmic axis, under one split.

    `record.points` are the models, of which those of other starts and of half of the words are left out; `record.ladder` the lines.
    A VAE of which latents have collapsed says how many are active.
    """
    points = [p for p in record.points if p.split == split and p.half is None and p.seed == record.seed]
    for form, label, color in SERIES:
        some = [point for point in points if point.decoder == form]
        axes.plot([p.latents for p in some], [p.nats_per_word.value for p in some], color=color, lw=0.9)
        for exact in (True, False):
            shown = [(p.latents, p.nats_per_word.value, p.gain.se) for p in some if p.exact is exact]
            d, value, se = np.array(shown).reshape(-1, 3).T
            axes.errorbar(d, value, se, fmt="s", mfc=color if exact else "none", ms=5, lw=1, color=color,
                          label=label if exact else None)  # fmt: skip
        for point in some:
            if point.active is not None and point.active < point.latents:
                axes.annotate(f"{point.active} active", (point.latents, point.nats_per_word.value), xytext=(4, 7),
                              textcoords="offset points", ha="right", fontsize=7, color=color)  # fmt: skip
    for name, step in record.ladder[split].items():
        axes.axhline(step.value, color=canvas.INK, lw=0.9, ls=STYLES[name])
        axes.annotate(model(name, step), (1, step.value), xycoords=("axes fraction", "data"), xytext=(-3, 2),
                      textcoords="offset points", ha="right", fontsize=7)  # fmt: skip
    numbers = sorted({point.latents for point in points})
    axes.set_xscale("log", base=2)
    axes.set_xticks(numbers, [str(n) for n in numbers])
    axes.set(xlabel="latents d", ylabel="nats per held-out word", title=f"split: {split}")


def _excess(axes: Axes, record: LatentNumberRecord) -> None:
    """K beyond its Gaussian part along each latent, in a band of one standard error from two halves of the words.

    x is the pull h from the mean pull of held-out words along one latent, the others at their mean, as far as all but a
    thousandth of the words reach; y is in nats. A Hopfield model with quadratic energy is the line at 0. At most three latents have
    a curve. The heading says how alike the patterns of starts and of halves are in the worst case, 1 for the same.
    """
    rows, alike = record.cumulant, record.stability
    for axis, color in zip(
        sorted({row["axis"] for row in rows}), (canvas.BLUE, canvas.VERMILION, canvas.GREEN), strict=False
    ):
        some = [row for row in rows if row["axis"] == axis]
        h, mean, se = (np.array([row[key] for row in some]) for key in ("h", "excess", "excess_se"))
        axes.plot(h, mean, color=color, label=f"latent {int(axis) + 1}")
        axes.fill_between(h, mean - se, mean + se, color=color, alpha=0.25, lw=0)
    axes.axhline(0, color=canvas.FAINT, lw=0.8, zorder=0)
    axes.set(xlabel="pull h from its mean", ylabel="K(h) beyond its Gaussian part, nats")
    cosines = f"of {len(alike.seeds)} starts {alike.starts.least:.3f}, of two halves {alike.halves.least:.3f}"
    axes.set_title(f"smallest |cosine| of patterns\n{cosines}", fontsize=9)
    axes.legend(fontsize=7.5)

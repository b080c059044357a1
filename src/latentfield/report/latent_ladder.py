"""Nats per held-out word of a recording against the number of latents, beside models without a latent variable.

Error bars are those of the difference from independent cells, word by word: how hard the held-out words are is common to all.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentfield.report import canvas
from latentfield.report.labels import MARK, surrogate
from latentfield.report.recording import model

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLES = {"independent": ":", "count": "--", "pairwise": "-.", "mixture": (0, (5, 1, 1, 1, 1, 1))}


def draw(record: dict[str, Any], folder: Path) -> list[Path]:
    """Draw latents.png and latents.svg in `folder` from the record of the study: a panel for each split."""
    with canvas.look():
        splits = list(record["ladder"])
        figure = canvas.new(4.8 * len(splits), 3.8)
        for axes, split in zip(figure.subplots(1, len(splits), squeeze=False)[0], splits, strict=True):
            _split(axes, record, split)
        if surrogate(record):
            canvas.mark(figure)
        headline = "Salamander retina: number of latents"
        figure.suptitle(f"{MARK}\n{headline}" if surrogate(record) else headline, fontsize=11)
        return canvas.write(figure, Path(folder) / "latents")


def _split(axes: Axes, record: dict[str, Any], split: str) -> None:
    rows = [row for row in record["points"] if row["split"] == split]
    d = [row["latents"] for row in rows]
    for key, label, marker in (("neg_elbo", "−ELBO", "o"), ("nats_per_word", "importance weighted", "s")):
        mean, se = [row[key]["mean"] for row in rows], [row["gain"]["se"] for row in rows]
        color = canvas.VERMILION if key == "nats_per_word" else canvas.FAINT
        axes.errorbar(d, mean, se, fmt=marker, mfc="none", ms=5, lw=1, color=color, label=f"VAE, {label}")
    for name, step in record["ladder"][split].items():
        axes.axhline(step["mean"], color=canvas.INK, lw=0.9, ls=STYLES[name])
        axes.annotate(model(name, step), (1, step["mean"]), xycoords=("axes fraction", "data"), xytext=(-3, 2),
                      textcoords="offset points", ha="right", fontsize=7)  # fmt: skip
    axes.set_xscale("log", base=2)
    axes.set_xticks(sorted(set(d)), [str(n) for n in sorted(set(d))])
    axes.set(xlabel="latents d", ylabel="nats per held-out word", title=f"split: {split}")
    axes.legend(loc="lower left", fontsize=7.5)

"""Panels of a recording: statistics of words, and nats per held-out word."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from latentfield.report.canvas import BLUE, DATA, FAINT, GREEN, INDEPENDENT, INK, VAE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Rows = list[dict[str, Any]]
SOURCES = (("independent", INDEPENDENT), ("data", DATA), ("vae", VAE))


def count(axes: Axes, rows: Rows, words: int) -> None:
    """Probability of K active cells in one word."""
    for name, style in SOURCES:
        seen = [row for row in rows if row[name] > 0]
        columns = ([row[key] for row in seen] for key in ("active", name, f"{name}_se"))
        axes.errorbar(*columns, **style | {"ms": 3.5})
    _probability(axes, words)
    axes.set_xlabel("active cells K in a word")
    axes.set_ylabel("P(K)")


def overlap(axes: Axes, rows: Rows, pairs: int) -> None:
    """Probability of each overlap q of a pair of words, with the binomial standard error of `pairs` pairs."""
    for name, style in SOURCES:
        seen = [row for row in rows if row[name] > 0]
        p = [row[name] for row in seen]
        errors = [math.sqrt(value * (1 - value) / pairs) for value in p]
        axes.errorbar([row["overlap"] for row in seen], p, errors, **style | {"ms": 3.5})
    _probability(axes, pairs)
    axes.set_xlabel("overlap q of two words")
    axes.set_ylabel("P(q)")


def _probability(axes: Axes, draws: int) -> None:
    """A logarithmic axis that ends below one event in `draws`."""
    axes.set_yscale("log", nonpositive="clip")
    axes.set_ylim(bottom=0.5 / draws)


def rates(axes: Axes, rows: Rows) -> None:
    """Firing probability per bin of every cell: VAE against data, with the line of equality."""
    data, errors, vae = ([row[key] for row in rows] for key in ("data", "data_se", "vae"))
    low = 0.7 * min(p for p in data + vae if p > 0)
    high = 1.3 * max(data + vae)
    axes.plot([low, high], [low, high], color=FAINT, lw=0.9)
    axes.errorbar(data, vae, xerr=errors, fmt="s", color=VERMILION, mfc="none", ms=3.5, lw=0.8)
    axes.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high))
    axes.set_xlabel("firing probability per bin, data")
    axes.set_ylabel("same, VAE samples")


def likelihood(axes: Axes, record: dict[str, Any]) -> None:
    """Nats per held-out word, lower is better: independent cells, -ELBO, and the importance-weighted bound below it."""
    lines = (
        ("independent", "independent\ncells", "^", GREEN),
        ("neg_elbo", "VAE, −ELBO", "s", VERMILION),
        ("nats_per_word", f"VAE, K = {record['importance_samples']}\nimportance", "D", BLUE),
    )
    for height, (key, _, marker, color) in enumerate(reversed(lines)):
        mean, se = record[key]["mean"], record[key]["se"]
        axes.errorbar(mean, height, xerr=se, fmt=marker, color=color, ms=6)
        place = {"xytext": (0, 7), "textcoords": "offset points", "ha": "center"}
        axes.annotate(f"{mean:.3f} ± {se:.3f}", (mean, height), color=INK, **place)
    axes.set_yticks(range(len(lines)), [label for _, label, _, _ in reversed(lines)])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.5, len(lines) - 0.3)
    axes.margins(x=0.35)
    gain = record["gain"]
    axes.set_title(f"gain over independent {gain['mean']:.3f} ± {gain['se']:.3f}", fontsize=8.5)
    axes.set_xlabel("nats per held-out word")

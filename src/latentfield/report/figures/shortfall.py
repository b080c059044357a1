"""Panels of what a VAE leaves and of what its encoder carries, in nats against temperature.

They read the record alone: measures on held-out configurations, all sites together. By the audit, gap = -ELBO - H =
KL(q(z)||p(z)) + TC, the total correlation that a network finds may not lie above the gap, which needs no network; the
room between the two is the excess of the rate, on the right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentfield.records.measured import Correlation, MeasuredSystem
from latentfield.report.figures.canvas import BLUE, FAINT, GREEN, INK, ORANGE, PURPLE, VERMILION, Style
from latentfield.report.figures.curves import columns, nats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


RATES: dict[str, tuple[str, Style]] = {
    "rate": ("rate", {"fmt": "o-", "color": INK}),
    "rate_useful": ("useful rate $I_q(x;z)$", {"fmt": "s", "color": BLUE, "mfc": "none"}),
    "rate_excess": ("excess $KL(q\\|p)$", {"fmt": "v", "color": VERMILION, "mfc": "none"}),
    "capacity_sphere_packing": ("capacity, sphere packing", {"fmt": "--", "color": GREEN}),
    "capacity_gaussian": ("capacity, Gaussian", {"fmt": ":", "color": PURPLE}),
}
"""Label and style of each measure of the encoder, by its name in the record; dashed and dotted is what it could carry,
paper, eqs. (55) and (58)."""

LEFT = ("gap, ± 2 s.e.", "total correlation, network", "at least", "null run")
"""Labels of what `remainder` draws, for the legend: gap, total correlation, the same where it is only a bound, null
run."""


def remainder(axes: Axes, record: MeasuredSystem) -> None:
    """The audit's gap as a band of two standard errors, and the total correlation, with triangles where it is only
    bounded below.

    No band where the entropy of the data is unknown. The total correlation has error bars of one standard error, from
    chains; they leave out the error of its network, which the null run shows: the same measurement with references in
    place of the data, where the truth is 0.
    """
    if record.gap:
        temperatures, values, errors = columns(record.gap)
        low, high = ([v + sign * 2 * e for v, e in zip(values, errors, strict=True)] for sign in (-1, 1))
        axes.fill_between(temperatures, low, high, color=ORANGE, alpha=0.35, lw=0, label=LEFT[0])
        axes.plot(temperatures, values, color=ORANGE, lw=1)
    _correlation(axes, record.tc)
    nats(axes, record.tc_null, fmt=".", ms=3, color=FAINT, label=LEFT[3])
    axes.axhline(0, color=INK, lw=0.6)


def _correlation(axes: Axes, tc: Correlation) -> None:
    """Filled circles with errors where the network resolves TC; open triangles, without errors, where it is at least so
    much.

    A triangle stands at the limit of the network, ln(1/a) + 3 nats, not at what it extrapolated to.
    """
    points = list(zip(*columns(tc), tc.at_least, strict=True))
    sure = [point[:3] for point in points if not point[3]]
    if sure:
        temperatures, values, errors = zip(*sure, strict=True)
        axes.errorbar(temperatures, values, errors, fmt="o", ms=4, lw=1, color=BLUE, label=LEFT[1])
    bounded = [(t, value) for t, value, _, flagged in points if flagged]
    if bounded:
        axes.plot(*zip(*bounded, strict=True), "^", ms=5, color=BLUE, mfc="none", label=LEFT[2])


def rates(axes: Axes, record: MeasuredSystem) -> None:
    """Rate, its two parts, and the two capacities of the encoder.

    All in nats per configuration with error bars of one standard error. The parts are estimated from draws of z of
    their own and add up to the rate within errors; the excess may come out slightly negative. The axis begins at 0 or
    below.
    """
    for name, (label, style) in RATES.items():
        nats(axes, getattr(record, name), **style | {"label": label})
    axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))

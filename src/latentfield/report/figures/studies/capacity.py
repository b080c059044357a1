"""The capacity study on one figure: gaps against capacity and rate in units of I_max, and the rates that suffice.

Above: every VAE carried to its end as a point, its gap against capacity and against rate, both in units of I_max, the
largest information known across a cut of its system. The criterion R + gap >= I_max leaves the lower left corner of the
right panel, left of I_max and below the tolerance, to VAEs that miss I_max by no more than their gap. Below: the least
rate that sufficed, of networks against their number of patterns and of lattices against their edge, with the
information across the cuts.

A VAE is faithful where its gap is within the tolerance by two standard errors, unfaithful where it is above by as much
(`studies.capacity.criterion`). Trials that were given up are in no panel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from latentfield.report.figures import canvas
from latentfield.report.figures.canvas import Style
from latentfield.report.labels import title
from latentfield.studies.capacity.record import CapacityRecord, Counts, InstanceRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SYSTEMS = (("Blues", "o"), ("Oranges", "s"), ("Greens", "^"), ("Purples", "D"))
"""Shades and marker of each system, in the order in which they come in the record; there are no more for a fifth."""
CUTS: dict[str, Style] = {
    "checkerboard": {"color": canvas.PURPLE, "ls": "-", "marker": "_", "label": "information across the checkerboard cut"},
    "half": {"color": canvas.GREEN, "ls": "--", "marker": "_", "label": "across the half cut"},
}  # fmt: skip
"""Line of each cut by its name in the record: between the two colours of a checkerboard, and between two halves of the
sites."""
ABSCISSAE = {"capacity_sphere_packing": "capacity C (sphere packing)", "rate": "rate R"}
"""Fields of a trial that are the x axes of the upper panels, and what they are called there."""
SHAPES = "os^Dv"
"""Symbols of temperatures in increasing order in the lower panels; a sixth temperature would not be drawn."""
SUFFICIENT = "smallest sufficient rate"
"""Label of filled symbols: the rate of the faithful VAE of least rate."""
DECADES = 1000
"""Factor between the ends of an axis from which the labels at 2 and 5 would run into each other."""
INSUFFICIENT = "largest rate tried, not sufficient"
"""Label of open symbols with an arrow: no VAE was faithful, up to this rate."""


def draw(record: CapacityRecord, folder: Path, stem: str = "capacity") -> list[Path]:
    """Write stem.png and stem.svg from the record of the study; returns the files.

    The headline counts VAEs against the criterion. Raises ValueError for an instance without any known cut, and for
    more systems than SYSTEMS has styles.
    """
    instances = record.instances
    with canvas.look():
        figure = canvas.new(9.6, 8.6)
        above, below = figure.subplots(2, 2)
        for axes, (name, label) in zip(above, ABSCISSAE.items(), strict=True):
            _gaps(axes, instances, name, record.tolerance)
            axes.set_xlabel(f"{label} / $I_\\mathrm{{max}}$")
        above[0].set_ylabel("gap (nats)")
        place = above[0].get_yaxis_transform()
        above[0].text(0.01, record.tolerance, "tolerance", transform=place, va="bottom", size=7.5)
        # Below and left of the boundary there is room for as long as the criterion holds.
        _legend(above[0], size=6.5, ncols=1 + len(instances) // 10, loc="lower left")
        _patterns(below[0], [one for one in instances if one.patterns is not None])
        _sizes(below[1], [one for one in instances if one.patterns is None])
        below[0].set_ylabel("nats")
        figure.suptitle(_sentence(record.counts), fontsize=9.5)
        return canvas.write(figure, Path(folder) / stem)


def scale(instance: InstanceRecord) -> float:
    """I_max of an instance: the largest information known across a cut, nats; ValueError where none is.

    A cut that is not known could ask for more, so that I_max is itself a lower bound of what a faithful VAE needs.
    """
    return max(cut.value for cut in instance.cuts.values())


def _gaps(axes: Axes, instances: Sequence[InstanceRecord], name: str, tolerance: float) -> None:
    """Gaps of all VAEs, nats per configuration, against `name`, one of ABSCISSAE, in units of I_max; both axes
    logarithmic.

    Error bars are one standard error of the gap, cut so that they stay above 0; those of rate, capacity and I_max are
    not drawn. A gap below 0.005 nats, negative estimates among them, is drawn at 0.005. The dotted line is the
    tolerance, the full one I_max.
    """
    axes.axvline(1, color=canvas.INK, lw=0.9, zorder=0)
    axes.axhline(tolerance, color=canvas.FAINT, lw=0.9, ls=":", zorder=0)
    for instance, style in zip(instances, _styles(instances), strict=True):
        unit, rows = scale(instance), instance.measured
        x = [getattr(trial, name).value / unit for trial in rows]
        gap, se = np.array([[trial.gap.value, trial.gap.se] for trial in rows]).T
        # A gap is not negative, but its estimate may be; the axis is logarithmic.
        shown = np.maximum(gap, 5e-3)
        style |= {"ls": "none", "ms": 4.5, "elinewidth": 0.8, "label": _label(instance)}
        axes.errorbar(x, shown, np.minimum(se, 0.9 * shown), **style)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.text(1, 1.005, "$I_\\mathrm{max}$", transform=axes.get_xaxis_transform(), ha="center", va="bottom", size=8)
    _ticks(axes)


def _ticks(axes: Axes) -> None:
    """1, 2 and 5 of every decade, or 1 alone where there are many."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axes.get_xlim()
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < DECADES * low else (1,)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _patterns(axes: Axes, instances: Sequence[InstanceRecord]) -> None:
    """Sufficient rates of networks against their number P of patterns, with the bound on cuts and (P/2) ln N.

    The line (P/2) ln N is the leading term of such a bound for ordered networks, without its constant. The bound on all
    cuts is one from above: it says that no cut asks for more, not that a rate has to reach it. One line joins the
    bounds of all temperatures.
    """
    _rates(axes, instances, _load)
    if instances:
        p = np.array(sorted({_load(one) for one in instances}), float)
        axes.plot(p, p / 2 * np.log(instances[0].n_sites), color=canvas.INK, lw=1, label="(P/2) ln N")
        bound = sorted((_load(one), one.bound) for one in instances if one.bound is not None)
        axes.plot(*np.reshape(bound, (-1, 2)).T, color=canvas.FAINT, ls="-.", label="bound on all cuts")
    _finish(axes, "patterns P", instances, "upper left")


def _load(instance: InstanceRecord) -> int:
    """Patterns of a network; none of a lattice."""
    return instance.patterns or 0


def _sizes(axes: Axes, instances: Sequence[InstanceRecord]) -> None:
    """Sufficient rates of lattices against their edge L, in nats per configuration; information across a half cut grows
    with L, across the checkerboard cut with L²."""
    _rates(axes, instances, lambda one: one.size)
    _finish(axes, "edge L", instances, "lower right")
    # Room for the legend, below all lines.
    axes.set_ylim(axes.get_ylim()[0] / 8)


def _title(instances: Sequence[InstanceRecord]) -> str:
    """The systems, and which cut foretells their failures.

    Of each cut: in how many of the unfaithful trials of instances whose cut is known the rate lies below it beyond
    errors. The rest of them fail for reasons that this cut does not show; the criterion is necessary, not sufficient.
    """
    name = ", ".join(title(system) for system in _systems(instances))
    trials = [(one, trial) for one in instances for trial in one.measured if trial.verdict == "unfaithful"]
    words = []
    for cut in CUTS:
        known = [trial for one, trial in trials if cut in one.cuts]
        if known:
            words.append(f"{cut} cut {sum(trial.below[cut] for trial in known)} of {len(known)}")
    return f"{name}\nfailures foretold by {', '.join(words)}" if words else name


def _rates(axes: Axes, instances: Sequence[InstanceRecord], x: Callable[[InstanceRecord], int]) -> None:
    """Lines of the cuts, and symbols whose shape is the temperature: filled where a VAE was faithful.

    `x` gives the place of an instance on the axis. Lines join instances of one temperature and carry it (units of J) at
    their end if there are several; a cut that is unknown is a missing point of its line. Neither lines nor symbols have
    error bars.
    """
    temperatures = sorted({one.temperature for one in instances})
    for marker, temperature in zip(SHAPES, temperatures, strict=False):
        some = sorted((one for one in instances if one.temperature == temperature), key=x)
        for name, style in CUTS.items():
            known = [(x(one), one.cuts[name].value) for one in some if name in one.cuts]
            if known:
                axes.plot(*zip(*known, strict=True), **style)
                if len(temperatures) > 1:
                    place: Style = {"textcoords": "offset points", "xytext": (5, 0), "va": "center", "size": 7}
                    axes.annotate(f"{temperature:.3g}", known[-1], color=style["color"], **place)
        _reached(axes, some, x, marker)
    if len(temperatures) > 1:
        for marker, temperature in zip(SHAPES, temperatures, strict=False):
            axes.plot([], [], marker, color=canvas.FAINT, ms=6, label=f"T = {temperature:.3g}")


def _reached(axes: Axes, instances: Sequence[InstanceRecord], x: Callable[[InstanceRecord], int], marker: str) -> None:
    """Filled where a VAE was faithful; open, with an arrow, at the largest rate where none was.

    An open symbol says that no VAE that was tried was faithful, not that none could be; its arrow has always the same
    length. An instance of which every VAE is undecided has no symbol.
    """
    reached = [(x(one), one.smallest_sufficient.rate.value) for one in instances if one.smallest_sufficient]
    failed = [(x(one), one.largest_insufficient) for one in instances if not one.smallest_sufficient]
    style: Style = {"color": canvas.VERMILION, "ls": "none", "marker": marker, "ms": 6}
    if reached:
        axes.plot(*zip(*reached, strict=True), label=SUFFICIENT, **style)
    rates = [(place, trial.rate.value) for place, trial in failed if trial]
    if rates:
        axes.plot(*zip(*rates, strict=True), mfc="none", label=INSUFFICIENT, **style)
        for place, rate in rates:
            arrow = {"arrowstyle": "->", "color": canvas.VERMILION}
            axes.annotate("", (place, 1.5 * rate), (place, 1.06 * rate), arrowprops=arrow)


def _finish(axes: Axes, label: str, instances: Sequence[InstanceRecord], loc: str) -> None:
    """Logarithmic axes, x with base 2 and a tick at every value that occurs; heading and legend."""
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    ticks = sorted({int(x) for line in axes.lines for x in np.atleast_1d(line.get_xdata()) if x >= 1})
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.set_xlabel(label)
    axes.set_title(_title(instances), size=8.5)
    _legend(axes, size=7.5, ncols=1, loc=loc)
    axes.margins(x=0.1, y=0.25)


def _legend(axes: Axes, size: float, ncols: int, loc: str) -> None:
    """Each label once, with its first symbol."""
    handles, labels = axes.get_legend_handles_labels()
    entries = dict(zip(reversed(labels), reversed(handles), strict=True))
    names = list(dict.fromkeys(labels))
    if names:
        style: Style = {"fontsize": size, "ncols": ncols, "loc": loc, "handletextpad": 0.2, "columnspacing": 0.6}
        axes.legend([entries[name] for name in names], names, **style)


def _styles(instances: Sequence[InstanceRecord]) -> list[Style]:
    """Colour and marker of each instance, those of a system being together in the record; shades go from light to dark
    in its order."""
    import matplotlib

    styles: list[Style] = []
    for name, (shades, marker) in zip(_systems(instances), SYSTEMS, strict=False):
        count = sum(one.system == name for one in instances)
        colours = matplotlib.colormaps[shades](np.linspace(0.35, 0.95, count))
        styles += [{"color": color, "marker": marker} for color in colours]
    return styles


def _label(instance: InstanceRecord) -> str:
    """Entry of an instance in the legend: patterns of a network, edge and temperature (units of J) of a lattice."""
    name = instance.system.replace("_", " ").capitalize()
    if instance.patterns is not None:
        return f"{name} P = {instance.patterns}"
    return f"{name} L = {instance.size}, T = {instance.temperature:.3g}"


def _systems(instances: Sequence[InstanceRecord]) -> list[str]:
    """Names of the systems, each once, in the order of the record."""
    return list(dict.fromkeys(one.system for one in instances))


def _sentence(counts: Counts) -> str:
    """The headline: failures and how many of them have too low a rate, then what would falsify the criterion or a
    number.

    "Fail" counts VAEs with a gap above the tolerance. A faithful one below I_max is allowed its gap; one below by more
    than that, or any VAE with R + gap below I_max, is a contradiction.
    """
    failed = counts.unfaithful_below + counts.unfaithful_above
    return (
        f"{counts.trials} VAEs; of {counts.judged} with a known cut {failed} fail, "
        f"{counts.unfaithful_below} of them with R < $I_\\mathrm{{max}}$\n"
        f"faithful with R < $I_\\mathrm{{max}}$: {counts.faithful_below}, "
        f"by more than their gap: {counts.faithful_below_by_more_than_gap}; "
        f"R + gap < $I_\\mathrm{{max}}$ in all: {counts.contradictions} (must be 0)"
    )

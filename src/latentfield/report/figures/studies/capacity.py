"""The capacity study on one figure: gaps against capacity and rate in units of I_max, and the rates that suffice."""

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
"""Shades and marker of each system, in the order in which they come in the record."""
CUTS: dict[str, Style] = {
    "checkerboard": {"color": canvas.PURPLE, "ls": "-", "marker": "_", "label": "information across the checkerboard cut"},
    "half": {"color": canvas.GREEN, "ls": "--", "marker": "_", "label": "across the half cut"},
}  # fmt: skip
ABSCISSAE = {"capacity_sphere_packing": "capacity C (sphere packing)", "rate": "rate R"}
SHAPES = "os^Dv"
SUFFICIENT = "smallest sufficient rate"
INSUFFICIENT = "largest rate tried, not sufficient"


def draw(record: CapacityRecord, folder: Path, stem: str = "capacity") -> list[Path]:
    """Write stem.png and stem.svg from the record of the study; returns the files."""
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
    """I_max of an instance: the largest information known across a cut, nats."""
    return max(cut.value for cut in instance.cuts.values())


def _gaps(axes: Axes, instances: Sequence[InstanceRecord], name: str, tolerance: float) -> None:
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
    """1, 2 and 5 of every decade: ratios span one or three."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _patterns(axes: Axes, instances: Sequence[InstanceRecord]) -> None:
    """Sufficient rates of networks against their number P of patterns, with the bound on cuts and (P/2) ln N."""
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
    """Sufficient rates of lattices against L."""
    _rates(axes, instances, lambda one: one.size)
    _finish(axes, "edge L", instances, "lower right")
    # Room for the legend, below all lines.
    axes.set_ylim(axes.get_ylim()[0] / 8)


def _title(instances: Sequence[InstanceRecord]) -> str:
    """The systems, and which cut foretells their failures."""
    name = ", ".join(title(system) for system in _systems(instances))
    trials = [(one, trial) for one in instances for trial in one.measured if trial.verdict == "unfaithful"]
    words = []
    for cut in CUTS:
        known = [trial for one, trial in trials if cut in one.cuts]
        if known:
            words.append(f"{cut} cut {sum(trial.below[cut] for trial in known)} of {len(known)}")
    return f"{name}\nfailures foretold by {', '.join(words)}" if words else name


def _rates(axes: Axes, instances: Sequence[InstanceRecord], x: Callable[[InstanceRecord], int]) -> None:
    """Lines of the cuts, and symbols whose shape is the temperature: filled where a VAE was faithful."""
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
    """Filled where a VAE was faithful; open, with an arrow, at the largest rate where none was."""
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
    """Colour and marker of each instance, those of a system being together."""
    import matplotlib

    styles: list[Style] = []
    for name, (shades, marker) in zip(_systems(instances), SYSTEMS, strict=False):
        count = sum(one.system == name for one in instances)
        colours = matplotlib.colormaps[shades](np.linspace(0.35, 0.95, count))
        styles += [{"color": color, "marker": marker} for color in colours]
    return styles


def _label(instance: InstanceRecord) -> str:
    name = instance.system.replace("_", " ").capitalize()
    if instance.patterns is not None:
        return f"{name} P = {instance.patterns}"
    return f"{name} L = {instance.size}, T = {instance.temperature:.3g}"


def _systems(instances: Sequence[InstanceRecord]) -> list[str]:
    return list(dict.fromkeys(one.system for one in instances))


def _sentence(counts: Counts) -> str:
    failed = counts.unfaithful_below + counts.unfaithful_above
    return (
        f"{counts.trials} VAEs; of {counts.judged} with a known cut {failed} fail, "
        f"{counts.unfaithful_below} of them with R < $I_\\mathrm{{max}}$\n"
        f"faithful with R < $I_\\mathrm{{max}}$: {counts.faithful_below}, "
        f"by more than their gap: {counts.faithful_below_by_more_than_gap}; "
        f"R + gap < $I_\\mathrm{{max}}$ in all: {counts.contradictions} (must be 0)"
    )

"""The report of a fit of anyone's recording: the verdict, nats against the number of latents, and the page of a recording.

What it is made of, and the page itself, in the folder of the fit:

    fit.json                      read: everything measured and concluded
    theory/NAME/theory.json       read: what was decoded
    report/metrics/NAME.json      the VAE that is shown, as the pipeline records a VAE of a recording
    report/curves, report/theory  tables, CSV
    report/figures/NAME           figures of that VAE and its theory, .png and .svg
    report/fit                    figures of the fit: fit, directions, and curved where there is a curved fit
    report/registry.json          the registered version, if there is one
    report/index.html             the page: the verdict, then what the report of the pipeline shows of a recording

Two steps, because the page is written again once the chosen VAE has been registered: `draw`, then `write`.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from latentfield.records.fitted import Conclusion, Fit
from latentfield.records.measured import MeasuredRecording
from latentfield.records.registered import Registered
from latentfield.records.tables import Tables, write_tables
from latentfield.report.figures import canvas, one_vae
from latentfield.report.figures.studies.latent_number import STYLES
from latentfield.report.figures.theories import curved_fields
from latentfield.report.figures.theories import table as theories
from latentfield.report.figures.words import model
from latentfield.report.labels import title
from latentfield.report.page.page import write_page
from latentfield.report.page.section import chosen, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from latentfield.decoding.theory import Theory

MOST = 4
"""Latents that are drawn site by site."""
LINEAR = 10.0
"""Nats up to which what the latents carry and leave is drawn on a linear axis; else it is linear to 1 nat, then logarithmic."""
SQUARES: canvas.Style = {"fmt": "s", "mfc": "none", "color": canvas.VERMILION}
TRIANGLES: canvas.Style = {"fmt": "v", "mfc": "none", "color": canvas.PURPLE}
"""Numbers of latents, and those with a curved decoder beside them."""
FILE = "fit.json"
"""Record of the fit, in its folder."""
SHOWN = "What follows shows the fit with {latents}{prior}. A word is one sample, a cell a site, and T = 1: the units of these data."
"""Stands between the verdict and the page of a recording, whose words are those of neurons."""


def draw(record: Fit, tables: Tables, theory: Theory, theory_tables: Tables, folder: Path) -> None:
    """Write the tables and figures that the report is made of to folder/report.

    `tables` are the curves of the VAE that is shown, `theory_tables` those of its theory. Nothing is read from the folder, so that
    it may be one in which a fit is still at work. The same input gives the same bytes.
    """
    reports, name = folder / "report", record.name
    write_tables(reports / "curves" / name, tables)
    write_tables(reports / "theory" / name, theory_tables)
    one_vae.draw(record, tables, reports / "figures" / name)
    theories.draw(theory, theory_tables, reports / "figures" / name)
    _draw(record, theory, reports / "fit")
    curved_fields.draw(theory_tables, title(record.system), reports / "fit")
    measured = {key: getattr(record, key) for key in MeasuredRecording.model_fields}
    MeasuredRecording(**measured).write(reports / "metrics" / f"{name}.json")


def write(folder: Path, registered: Registered | None = None) -> None:
    """Write folder/report/index.html from what `draw` left there, the record and the theory of the fit.

    `registered` says which version of which name the VAE has become, if it has.

    It is kept in report/registry.json, so that a later call without it finds it there. A page that is there is replaced. Raises
    LatentfieldError where there is no record of a fit, or a record is damaged.
    """
    reports = folder / "report"
    record = Fit.read(folder / FILE)
    if registered:
        (reports / "registry.json").write_text(json.dumps({record.name: registered.plain()}, indent=2) + "\n")
    write_page(reports, folder / "theory", reports / "index.html", _lead(record, reports / "fit"))


def _lead(record: Fit, drawn: Path) -> str:
    """HTML that the page begins with: verdict, figures of the fit in the folder `drawn`, and which VAE the rest is about."""
    latents = record.latents
    prior = " and a prior that is free" if record.prior == "nodes" else " and a joint prior" if latents > 1 else ""
    shown = SHOWN.format(latents=f"{latents} latent{'s' if latents > 1 else ''}", prior=prior)
    images = "\n".join(figure(path, title(record.system)) for path in chosen(drawn))
    return f"<h2>Verdict</h2>\n<p>{escape(record.fit.verdict)}</p>\n{images}\n<p>{escape(shown)}</p>\n"


def _draw(record: Fit, theory: Theory, folder: Path) -> list[Path]:
    """Draw fit and directions, each .png and .svg, in a folder.

    fit: nats against the number of latents, and what these carry and leave. directions: how the first MOST latents act on the
    sites: the sources whose signs are the patterns where the latents act along vectors of ±1, else the change of every half-logit
    with each latent, averaged over the prior.
    """
    with canvas.look():
        drawing = canvas.new(9.6, 3.8)
        left, right = drawing.subplots(1, 2)
        _nats(left, record)
        _left(right, record.fit)
        drawing.suptitle(f"{title(record.system)}: number of latents", fontsize=11)
        written = canvas.write(drawing, folder / "fit")
        rows = theory.arrays.get("sources", theory.arrays["directions"]).tolist()
        width, height, ratio = (6.5, 2.2, 1.2) if len(record.sites) == 2 else (9.6, 1.4, 3)
        drawing = canvas.new(width, 1.2 + height * min(len(rows), MOST))
        panels = drawing.subplots(len(rows[:MOST]), 2, width_ratios=[ratio, 1], squeeze=False)
        for k, (bars, spread) in enumerate(panels):
            name = f"{'pattern' if 'sources' in theory.arrays else 'latent'} {k + 1}"
            _direction(bars, spread, rows[k], name, record.sites)
        drawing.suptitle(f"{title(record.system)}: what the latents act on", fontsize=11)
        return written + canvas.write(drawing, folder / "directions")


def _direction(bars: Axes, spread: Axes, values: list[float], name: str, shape: tuple[int, ...]) -> None:
    """How one latent acts on every site, in the order of the data or on their lattice, and how that is distributed.

    `values` (sites,) are drawn as bars, or where `shape` is (rows, columns) as a map, zero in white; the histogram has two peaks
    where a pattern of ±1 stands behind them. Sites that never change were dropped: numbers count those that are left.
    """
    if len(shape) == 2:
        rows = [values[start : start + shape[1]] for start in range(0, len(values), shape[1])]
        reach = max(abs(value) for value in values)
        image = bars.imshow(rows, cmap="RdBu_r", vmin=-reach, vmax=reach, interpolation="nearest")
        bars.figure.colorbar(image, ax=bars, label=name)
        bars.set(xlabel="column", ylabel="row")
    else:
        bars.axhline(0, color=canvas.FAINT, lw=0.8)
        bars.bar(range(len(values)), values, width=1.0, color=canvas.BLUE, lw=0)
        bars.set(xlabel="site", ylabel=name, xlim=(-1, len(values)))
    spread.hist(values, bins=40, color=canvas.BLUE, histtype="stepfilled", alpha=0.6)
    spread.set(xlabel=name, ylabel="sites")


def _nats(axes: Axes, record: Fit) -> None:
    """Nats per held-out word against the number of latents; errors are those of the difference from independent sites.

    How hard the held-out words are is common to all models, and would hide by how much they differ. Squares are −ln P: exact, or of
    VAEs the importance-weighted bound, whose −ELBO, circles, is at least as large. Triangles are curved decoders beside linear
    ones; lines are the models without latents that are fitted to the same words.
    """
    rungs, curved = record.fit.latents, record.fit.curved
    d = [rung.d for rung in rungs]
    vaes = [rung for rung in rungs if rung.d and not rung.certificate]
    if vaes:
        axes.plot(
            [r.d for r in vaes], [r.neg_elbo for r in vaes], "o", mfc="none", color=canvas.FAINT, label="VAE, −ELBO"
        )
    for some, look in ((rungs, SQUARES), (curved, TRIANGLES)):
        if some:
            label = "latents" if not curved else "linear latents" if some is rungs else "curved latents"
            axes.errorbar([r.d for r in some], [r.nats for r in some], [r.gain_se for r in some], label=label, **look)
    for name, style in STYLES.items():
        if (step := record.ladder.get(name)) is None:
            continue
        axes.axhline(step.value, color=canvas.INK, lw=0.9, ls=style, label=model(name, step))
    axes.set(xlabel="latents d (0: independent)", ylabel="nats per held-out word", xticks=d)
    axes.margins(x=0.15)
    axes.legend(fontsize=7.5, frameon=True, framealpha=1, edgecolor="none")


def _left(axes: Axes, fit: Conclusion) -> None:
    """What the latents carry and leave, and the bound of the information across the strongest cut.

    Carry: the rate, which for a faithful VAE is at least the information across every cut, so at least the dashed line (a bound
    from below, with a band of one standard error). Leave: the total correlation TC, found by a network, and bounded from below by
    the best of all models on the same words; 0 where that proves nothing. A network that saturates has an arrow: more is left.
    """
    rungs, bound = fit.latents, fit.cut.bound
    d = [rung.d for rung in rungs]
    axes.plot(d, [rung.rate for rung in rungs], "D-", color=canvas.BLUE, label="rate of the encoder")
    # An arrow upwards where the network saturates.
    more = [rung.tc_saturated for rung in rungs]
    reach = [0.4 * rung.tc if above else 0.0 for rung, above in zip(rungs, more, strict=True)]
    style: canvas.Style = {"fmt": "s-", "color": canvas.VERMILION, "label": "left correlation, network"}
    axes.errorbar(d, [rung.tc for rung in rungs], reach, lolims=more, mfc="none", **style)
    floor: canvas.Style = {"fmt": "^:", "color": canvas.INK, "label": "left correlation, at least"}
    axes.errorbar(d, [rung.tc_floor for rung in rungs], [0.0] * len(d), mfc="none", **floor)
    axes.axhline(bound.value, color=canvas.GREEN, lw=1, ls="--", label="across the strongest cut, at least")
    axes.axhspan(bound.value - bound.se, bound.value + bound.se, color=canvas.GREEN, alpha=0.15, lw=0)
    axes.set(xlabel="latents d", ylabel="nats per word", xticks=d)
    top = max(bound.value, *(value for rung in rungs for value in (rung.rate, rung.tc, rung.tc_floor)))
    if top > LINEAR:
        axes.set_yscale("symlog", linthresh=1.0)
    axes.set_ylim(bottom=-0.04 * min(top, 2.5))
    axes.legend(fontsize=7.5, frameon=True, framealpha=1, edgecolor="none")

"""The report: one HTML file that needs no other, made from the metrics and figures that `evaluate` wrote.

From top to bottom: a warning where synthetic words stand in for a recording; what a fit leads with; what the project asks; the
summary of all VAEs; the panel of all systems; a section for each VAE (`section`); the figures of the studies.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from latentfield.records.base import checked, read_json
from latentfield.records.decoded import DECODED
from latentfield.records.measured import Measured, read_measured
from latentfield.records.registered import Registered, read_registry
from latentfield.report.labels import MARK, heading, ordered, surrogate
from latentfield.report.page.prose import ABOUT, READING, TITLE
from latentfield.report.page.section import breakless, chosen, figure, section
from latentfield.report.page.tables import HEADERS, summary

STYLE = """:root{color-scheme:light dark;--ink:#1b1b1b;--paper:#fff;--rule:#c8c8c8;--link:#005a9c}
@media(prefers-color-scheme:dark){:root{--ink:#e8e6e3;--paper:#16181b;--rule:#44484d;--link:#8cc4f5}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:58rem;padding:1rem;color:var(--ink);background:var(--paper)}
body{font:1rem/1.55 system-ui,sans-serif}
h1{font-size:1.6rem;line-height:1.25}
h2{font-size:1.3rem;margin-top:2.5rem;border-top:1px solid var(--rule);padding-top:1rem}
h3{font-size:1.05rem;margin:1.5rem 0 .4rem}a{color:var(--link)}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.92rem}
th,td{text-align:left;padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--rule);vertical-align:top}
th{font-weight:600}.origin td{overflow-wrap:anywhere}
.wide{overflow-x:auto}.wide table{min-width:54rem}
figure{margin:1.2rem 0}figcaption,.small{font-size:.88rem}
img{display:block;width:100%;max-width:46rem;height:auto;background:#fff;border-radius:4px}
.mark{background:#b00000;color:#fff;font-weight:700;padding:.7rem 1rem;border-radius:4px}"""
"""Style sheet: light or dark as the reader's system is; figures stand on white in both, since their ink is dark.

`origin` is the table of hashes, which may break anywhere, `wide` the summary, which scrolls sideways on small screens, `mark` the
warning of a surrogate.
"""

DOCUMENT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
{warning}{lead}<p>{about}</p>
<p>The criterion and the models are those of <a href="https://arxiv.org/abs/2606.08694">arXiv:2606.08694</a>.</p>
<h2>Summary</h2>
{table}
<p class="small">{reading}</p>
{panel}
{sections}
{studies}
</body>
</html>
"""
"""The page. Fields are HTML already: what comes from files or prose is escaped before it is put in."""


def write_page(reports: Path, theories: Path, out: Path, lead: str = "") -> None:
    """Write the report `out` from reports/metrics, reports/figures and, where they are, reports/registry.json and decoded theories.

    `lead` is HTML that stands before everything else.
    The file holds its figures, refers to no other file, runs no script, and has the same bytes for the same input.

    A VAE is on the page if it has a record reports/metrics/NAME.json; its figures are those of reports/figures/NAME, its theory
    that of theories/NAME/theory.json. What is not there is left out: a VAE that was not decoded has no theory, one that is not in
    the registry is "not registered", and without reports/overview there are neither panel nor studies. Nothing is drawn here.

    Folders on the way to `out` are made, and a page that is there is replaced. Raises LatentfieldError where a record is damaged.
    """
    reports, out = Path(reports), Path(out)
    metrics, registered = read_measured(reports / "metrics"), read_registry(reports / "registry.json")
    decoded = {
        path.parent.name: checked(DECODED, read_json(path), str(path))
        for path in sorted(Path(theories).glob("*/theory.json"))
    }
    parts = [section(metrics[name], registered.get(name), reports, decoded.get(name)) for name in ordered(metrics)]
    html = DOCUMENT.format(
        title=escape(TITLE),
        style=STYLE,
        warning=_warning(metrics),
        lead=lead,
        about=escape(ABOUT),
        reading=escape(READING),
        table=_table(metrics, registered),
        panel="\n".join(figure(path, "All systems") for path in chosen(reports / "overview") if path.stem == "panel"),
        sections="\n".join(parts),
        studies=_studies(reports / "overview" / "studies"),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(html, encoding="utf-8")


def _studies(folder: Path) -> str:
    """Every figure in the folder of the studies, under one heading; nothing where there is none."""
    drawn = "\n".join(figure(path, "Study") for path in chosen(folder))
    return f"<h2>Studies</h2>\n{drawn}" if drawn else ""


def _warning(metrics: dict[str, Measured]) -> str:
    """Which VAEs were trained on synthetic words, above all else on the page; nothing where none was."""
    names = ", ".join(heading(metrics[name]) for name in ordered(metrics) if surrogate(metrics[name]))
    if not names:
        return ""
    return f'<p class="mark">{MARK}: {escape(names)}. Synthetic words stand in for the recording.</p>\n'


def _table(metrics: dict[str, Measured], registered: dict[str, Registered]) -> str:
    """The summary as HTML, a row for each VAE."""
    head = "".join(f'<th scope="col">{escape(header)}</th>' for header in HEADERS)
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{breakless(cell)}</td>" for cell in row) + "</tr>"
        for row in summary(metrics, registered)
    )
    return f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>'

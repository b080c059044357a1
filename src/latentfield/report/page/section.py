"""The section of one system in the HTML report: its figures, its numbers, and where they come from.

In this order: what is to be said of the data; the figures; a table of nats, with a verdict in words; of a recording the ladder of
models; the worst disagreement of each observable; the theory that was read off the decoder; the origin of it all.

Nats are per configuration of all sites, or per word, means over temperatures where there are several, ± one standard error.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from pathlib import Path

from latentfield.records.decoded import Decoded
from latentfield.records.measured import Agreement, Measured, MeasuredRecording, MeasuredSystem
from latentfield.records.registered import Registered
from latentfield.report.figures.words import model
from latentfield.report.labels import MARK, heading, note, observable, size, surrogate
from latentfield.report.page.prose import CAPTIONS, SCORES
from latentfield.report.page.tables import estimate, version
from latentfield.report.page.theory_table import lines

LARGEST_SVG = 300_000
"""Bytes; a larger SVG gives way to its PNG."""

NATS = {
    "neg_elbo": "−ELBO",
    "distortion": "distortion",
    "rate": "rate",
    "rate_useful": "useful rate, I(x; z)",
    "rate_excess": "excess rate, KL(q(z)‖p(z))",
    "capacity_sphere_packing": "capacity, sphere packing",
    "capacity_gaussian": "capacity, Gaussian",
    "entropy": "entropy of the data",
    "gap": "gap, −ELBO − entropy",
    "tc": "total correlation left by the latents",
    "tc_null": "the same where the truth is zero",
    "nats_per_word": "importance-weighted −ln P",
    "independent": "independent cells, −ln P",
    "gain": "gain over independent cells",
}
"""Lines of the table of nats, in order: fields of a record, and what they are called. What a record does not have has no line.

They hang together: −ELBO = distortion + rate; rate = I(x; z) + KL(q(z)‖p(z)); gap = KL(q(z)‖p(z)) + TC. Entropy and gap are those
of sampled systems, the last three lines of recordings. The capacities are what the encoder's precision would allow
(`measures.capacities`).
"""

THEORY = "theory"
"""Name of the figure of what was decoded, which stands with it."""

LIMIT = 4
"""|z| up to which samples of the VAE and the data are said to agree.

One limit for the worst of few temperatures and the worst of thousands of pairs; it decides about a word in a table and nothing
else.
"""

ORIGIN = {
    "profile": "profile",
    "prior": "prior",
    "recording": "recording",
    "data": "data hash",
    "run": "run key",
    "seed": "seed",
    "samples": "configurations in all",
    "split": "held-out split",
    "words": "held-out words",
    "importance_samples": "draws of z per word, K",
    "latents": "latents",
}
"""Lines of the table of origin, in order: fields of a record, and what they are called; "none" and what is not there have no line.

Data hash, run key and seed say which sample set, which training and which random numbers the numbers come from.
"""


def section(record: Measured, entry: Registered | None, reports: Path, theory: Decoded | None = None) -> str:
    """HTML of one VAE from its record, its entry in the registry and its theory if any, and its figures in the reports' folder.

    Figures are those in reports/figures/NAME, all of them; the one of the theory stands with it, and only where `theory` is given.
    The heading has the VAE's name as its anchor.
    """
    key = record.name
    drawn = chosen(reports / "figures" / key)
    banner = f'<p class="mark">{MARK}: synthetic words stand in for the recording.</p>' if surrogate(record) else ""
    parts = [
        f'<h2 id="{escape(key)}">{escape(heading(record))}</h2>',
        banner,
        f"<p>{escape(note(record.system))}</p>",
        *(figure(path, heading(record)) for path in drawn if path.stem != THEORY),
        f"<h3>Nats per {'word' if record.kind == 'recording' else 'configuration'} of {escape(size(record))}</h3>",
        _table(("quantity", "nats"), _nats(record)),
        f'<p class="small">{escape(_verdict(record))}</p>',
        _ladder(record),
        _worst(record.observables),
        _theory(theory, [path for path in drawn if path.stem == THEORY], heading(record)),
        "<h3>Origin</h3>",
        _table(("", ""), _origin(record, entry), "origin"),
    ]
    return "\n".join(part for part in parts if part)


def _theory(theory: Decoded | None, figures: list[Path], name: str) -> str:
    """The theory: its figure, if one was drawn, and its lines, which also say when there is none to read off, and why."""
    if theory is None:
        return ""
    drawn = "\n".join(figure(path, name) for path in figures)
    return f"<h3>The theory, read off the decoder</h3>\n{drawn}\n{_table(('', ''), lines(theory))}"


def chosen(folder: Path) -> list[Path]:
    """One file for each figure in a folder, in the order of the captions: its SVG, or its PNG if that is missing or too large.

    Figures without a caption come last, by name. A large SVG is kept where there is no PNG. Empty where there is no such folder;
    folders inside are not looked into.
    """
    found = {path.stem for path in folder.glob("*") if path.suffix in (".svg", ".png")}
    order = list(CAPTIONS)
    stems = sorted(found, key=lambda stem: (order.index(stem) if stem in order else len(order), stem))
    return [_smaller(folder / f"{stem}.svg", folder / f"{stem}.png") for stem in stems]


def _smaller(svg: Path, png: Path) -> Path:
    """The SVG up to LARGEST_SVG, which a figure with thousands of points exceeds; else the PNG, if it is there."""
    return svg if svg.is_file() and (svg.stat().st_size <= LARGEST_SVG or not png.is_file()) else png


def figure(path: Path, name: str) -> str:
    """HTML of a figure with its caption; `name` says what it belongs to.

    The file is read and stands in the page itself, as base64, a third larger than on disk. Name and caption are also the text for
    those who do not see the figure.
    """
    kind = "image/svg+xml" if path.suffix == ".svg" else "image/png"
    content = base64.b64encode(path.read_bytes()).decode()
    caption = " ".join(CAPTIONS.get(path.stem, path.stem.replace("_", " ")).split())
    image = f'<img src="data:{kind};base64,{content}" alt="{escape(f"{name}. {caption}")}">'
    return f"<figure>{image}<figcaption>{escape(caption)}</figcaption></figure>"


def _nats(record: Measured) -> Iterable[tuple[str, str]]:
    """Name and value, ± its standard error, of every quantity of NATS that the record has."""
    for key, name in NATS.items():
        quantity = getattr(record, key, None)
        if quantity:
            yield name, estimate(quantity.value, quantity.se)


def _verdict(record: Measured) -> str:
    """In words: whether network and audit agree, where the network only bounds, and what the residual maps explain.

    Fractions explained are those of configurations that the regression has not seen, and may be negative there; they are then shown
    as 0. "Shuffled" is the same regression on shuffled log ratios, which shows what it explains by chance.
    """
    sentences = list(_of_words(record) if record.kind == "recording" else _of_temperatures(record))
    for what, fit in (("single sites", record.residuals.one), ("pairs of sites", record.residuals.two)):
        shares = [f"{100 * max(share, 0):.0f} %" for share in (fit.explained, fit.null)]
        sentences.append(f"Of the log ratio {what} explain {shares[0]} (shuffled: {shares[1]}).")
    return " ".join(sentences)


def _of_words(record: MeasuredRecording) -> Iterable[str]:
    """What other models prove to be left by the latents; and whether the network, saturated or short of that, only bounds TC."""
    bound = estimate(record.tc_bound.value, record.tc_bound.se)
    yield f"By the best model of the ladder at least {bound} nats of correlation are left."
    if any(record.tc.at_least):
        yield "The network finds a part of them: its total correlation is a lower bound here."


def _of_temperatures(record: MeasuredSystem) -> Iterable[str]:
    """Whether TC is at most the gap at every temperature, where the gap is known; and at how many of them the network saturates."""
    if record.tc_status:
        yield f"The network's total correlation and this audit are {record.tc_status.status}."
    flags, limit = record.tc.at_least, f"{record.tc.limit:.1f} nats"
    if any(flags):
        where = f"at {sum(flags)} of {len(flags)} temperatures"
        yield f"The network saturates {where}: more than {limit} are left there, and {limit} enter the mean."


def _ladder(record: Measured) -> str:
    """Nats per held-out word of the VAE and of all other models fitted to the same words; of a sampled system nothing."""
    if record.kind == "system":
        return ""
    rows = [(model(name, step), estimate(step.value, step.se)) for name, step in record.ladder.items()]
    return "<h3>Models of held-out words</h3>\n" + _table(("model", "nats per word"), rows)


def _worst(scores: dict[str, Agreement]) -> str:
    """A row for each observable: the z of largest size, the temperature (units of J) at which it is, and what that means."""
    rows = [(observable(name), *_score(worst)) for name, worst in scores.items()]
    return (
        "<h3>Worst z of VAE against data</h3>\n"
        + _table(("observable", "z", "at T / J", ""), rows)
        + f'\n<p class="small">{escape(SCORES)}</p>'
    )


def _score(worst: Agreement) -> tuple[str, str, str]:
    """z, temperature and verdict; no temperature for a recording."""
    z, temperature = worst.worst_z, worst.worst_temperature
    return f"{z:.1f}", "" if temperature is None else f"{temperature:.4g}", "agrees" if abs(z) <= LIMIT else "differs"


def _origin(record: Measured, entry: Registered | None) -> Iterable[tuple[str, str]]:
    """Where the numbers come from, which registered version the VAE has become, and why that is champion or not."""
    for key, name in ORIGIN.items():
        if getattr(record, key, None) not in (None, "none"):
            yield name, str(getattr(record, key))
    yield "registered version", version(entry)
    if entry and entry.reason:
        yield "why", entry.reason


def breakless(text: str) -> str:
    """Text as HTML, in which no line ends between a number and its error.

    The cells of tables pass here, so that names and reasons from files are escaped.
    """
    return escape(text).replace(" ± ", "&nbsp;±&nbsp;")


def _table(headers: tuple[str, ...], rows: Iterable[tuple[str, ...]], kind: str = "numbers") -> str:
    """An HTML table whose first column names its rows; without a head where all headers are empty."""
    head = "".join(f'<th scope="col">{escape(header)}</th>' for header in headers)
    body = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th>' + "".join(f"<td>{breakless(cell)}</td>" for cell in cells) + "</tr>"
        for name, *cells in rows
    )
    head = f"<thead><tr>{head}</tr></thead>\n" if any(headers) else ""
    return f'<table class="{kind}">\n{head}<tbody>\n{body}\n</tbody>\n</table>'

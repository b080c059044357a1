"""The section of one system in the HTML report: its figures, its numbers, and where they come from."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from latentfield.report.labels import MARK, observable, size, surrogate, title
from latentfield.report.prose import CAPTIONS, NOTES, SCORES
from latentfield.report.tables import estimate, version

LARGEST_SVG = 300_000
"""Bytes; a larger SVG gives way to its PNG."""

NATS = {
    "neg_elbo": "−ELBO",
    "distortion": "distortion",
    "rate": "rate",
    "gap": "gap, −ELBO − exact entropy",
    "nats_per_word": "importance-weighted −ln P",
    "independent": "independent cells, −ln P",
    "gain": "gain over independent cells",
}

ORIGIN = {
    "profile": "profile",
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


def section(record: dict[str, Any], entry: dict[str, Any] | None, figures: Path) -> str:
    """HTML of one system from its record, its entry in the registry if any, and the figures in a folder."""
    system = record["system"]
    banner = f'<p class="mark">{MARK}: synthetic words stand in for the recording.</p>' if surrogate(record) else ""
    parts = [
        f'<h2 id="{escape(system)}">{escape(title(system))}</h2>',
        banner,
        f"<p>{escape(NOTES.get(system, ''))}</p>",
        *(_figure(path, system) for path in chosen(figures)),
        f"<h3>Nats per {'word' if 'independent' in record else 'configuration'} of {escape(size(record))}</h3>",
        _table(("quantity", "nats"), _nats(record)),
        _worst(record.get("worst_z", {})),
        "<h3>Origin</h3>",
        _table(("", ""), _origin(record, entry), "origin"),
    ]
    return "\n".join(part for part in parts if part)


def chosen(folder: Path) -> list[Path]:
    """One file for each figure in a folder: its SVG, unless only the PNG is there or the SVG is too large."""
    stems = sorted({path.stem for path in folder.glob("*") if path.suffix in (".svg", ".png")}, reverse=True)
    return [_smaller(folder / f"{stem}.svg", folder / f"{stem}.png") for stem in stems]


def _smaller(svg: Path, png: Path) -> Path:
    return svg if svg.is_file() and (svg.stat().st_size <= LARGEST_SVG or not png.is_file()) else png


def _figure(path: Path, system: str) -> str:
    kind = "image/svg+xml" if path.suffix == ".svg" else "image/png"
    content = base64.b64encode(path.read_bytes()).decode()
    caption = " ".join(CAPTIONS.get(path.stem, path.stem.replace("_", " ")).split())
    image = f'<img src="data:{kind};base64,{content}" alt="{escape(f"{title(system)}. {caption}")}">'
    return f"<figure>{image}<figcaption>{escape(caption)}</figcaption></figure>"


def _nats(record: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for key, name in NATS.items():
        if key in record:
            yield name, estimate(record[key]["mean"], record[key]["se"])
    if record.get("entropy") is not None:
        yield "exact entropy, mean over temperatures", estimate(record["entropy"])


def _worst(scores: dict[str, dict[str, float]]) -> str:
    if not scores:
        return ""
    rows = [(observable(name), f"{worst['z']:.1f}", f"{worst['temperature']:.4g}") for name, worst in scores.items()]
    return (
        "<h3>Worst z of VAE against data</h3>\n"
        + _table(("observable", "z", "at T / J"), rows)
        + f'\n<p class="small">{escape(SCORES)}</p>'
    )


def _origin(record: dict[str, Any], entry: dict[str, Any] | None) -> Iterable[tuple[str, str]]:
    for key, name in ORIGIN.items():
        if record.get(key) not in (None, "none"):
            yield name, str(record[key])
    yield "registered version", version(entry)
    if entry and entry.get("reason"):
        yield "why", entry["reason"]


def breakless(text: str) -> str:
    """Text as HTML, in which no line ends between a number and its error."""
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

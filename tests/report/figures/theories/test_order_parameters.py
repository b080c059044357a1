"""Figures of decoded theories from plain data: what stands on them, and that the same data give the same bytes."""

import copy
import math

import pytest

from latentfield.report.figures import canvas
from latentfield.report.figures.theories import generalized_hopfield, order_parameters

CELLS = 12


def nematic() -> tuple[list, list, list]:
    points = [
        {"temperature": t, **{f"{name}_{k}": 0.1 * k * s for name in ("q", "found", "field") for k in range(1, 6)}}
        for t in (0.15, 0.3)
        for s in (-1, 0, 1)
    ]
    scores = [{"temperature": t, **{f"r2_{k}": 0.9 + 0.01 * k for k in range(1, 6)}} for t in (0.15, 0.3)]
    slopes = [{"temperature": t, "slope": 0.95, "slope_se": 0.01, "r2": 0.9} for t in (0.15, 0.3)]
    return points, scores, slopes


def curie_weiss() -> tuple[list, list]:
    couplings = [{"temperature": t, "beta_j": 1.02 / t, "se": 0.01, "exact": 1 / t} for t in (0.8, 1.0, 1.3)]
    fields = [
        {"temperature": t, "m": m, "theta": 1.1 * m / t, "exact": m / t} for t in (0.8, 1.3) for m in (-0.5, 0, 0.5)
    ]
    return couplings, fields


def hopfield(latents: int) -> tuple[list, list, dict]:
    """Field, patterns and tables of a model with d latents."""
    steps, axes = [-1.0, -0.5, 0.0, 0.5, 1.0], range(latents)
    normal = [0.4 * math.exp(-2 * z**2) for z in steps]
    bent = {"k": 0.6, "gaussian": 0.5, "excess": 0.1, "k_se": 0.01, "excess_se": 0.01}
    tables = {
        "density": [
            {"axis": a, "z": z, "prior": p, "tilted": 2 * p, "pulled": p}
            for a in axes
            for z, p in zip(steps, normal, strict=True)
        ],
        "cumulant": [{"axis": a, "h": h, **bent} for a in axes for h in steps],
        "pulls": [{f"h{a + 1}": 0.1 * k for a in axes} for k in range(-30, 30)],
        "count": [{"active": k, "data_count": 50.0, **frequencies(0.5)} for k in (0, 1)],
        "overlap": [{"overlap": q, **frequencies(0.5)} for q in (0.0, 1.0)],
        "words10": [frequencies(p) for p in (0.1, 0.9)],
        "covariance": [{"data": c, "vae": c} for c in (0.0, 0.1, 0.2)],
    }
    if latents > 1:
        tables["plane"] = [{"h1": a, "h2": b, "excess": 0.25 * a * b} for a in steps for b in steps]
    patterns = [[math.cos(0.5 * (k + 1) * cell) for cell in range(CELLS)] for k in axes]
    return [0.2 * cell - 1 for cell in range(CELLS)], patterns, tables


def frequencies(p: float) -> dict:
    return {f"{name}{end}": value for name in ("data", "vae", "independent") for end, value in (("", p), ("_se", 0.05))}


DRAWN = {
    "order_tensor": lambda: order_parameters.order_tensor(*nematic(), 0.22),
    "coupling": lambda: order_parameters.coupling(*curie_weiss()),
    "one_latent": lambda: generalized_hopfield.theory(*hopfield(1)),
    "two_latents": lambda: generalized_hopfield.theory(*hopfield(2)),
    "three_latents": lambda: generalized_hopfield.theory(*hopfield(3)),
}
LABELS = {
    "order_tensor": ("R^2$, held out", "slope", "temperature T / J"),
    "coupling": ("exact", "decoder", "T = 0.80", "T = 1.30"),
    "one_latent": ("pattern 1", "prior, latent 1", "words"),
    "two_latents": (
        "pattern 1, one dot a cell",
        "pattern 2",
        "K, latent 2",
        "prior, latent 2",
        "tilted",
        "data",
        "VAE samples",
    ),
    "three_latents": ("pattern 2", "K, latent 3"),
}


@pytest.mark.parametrize("name", DRAWN)
def test_the_figure_says_what_it_shows_and_has_the_same_bytes_twice(name, tmp_path):
    def draw(folder):
        with canvas.look():
            figure = DRAWN[name]()
            texts = [
                t
                for axes in figure.axes
                for t in (axes.get_xlabel(), axes.get_ylabel(), *axes.get_legend_handles_labels()[1])
            ]
            return texts, [path.read_bytes() for path in canvas.write(figure, folder / name)]

    texts, written = draw(tmp_path / "a")
    for label in LABELS[name]:
        assert any(label in text for text in texts), label
    assert draw(tmp_path / "b")[1] == written
    assert b"Software" not in written[0] and b"<dc:date>" not in written[1]


def test_data_are_drawn_in_their_place_and_left_as_they_were():
    field, patterns, tables = hopfield(2)
    before = copy.deepcopy((field, patterns, tables))
    with canvas.look():
        axes = generalized_hopfield.theory(field[::-1], patterns, tables).axes
    assert [bar.get_height() for bar in axes[0].patches] == field
    assert [bar.get_height() for bar in axes[1].patches] == patterns[0][::-1]
    assert axes[3].collections[0].get_offsets().tolist() == [list(pair) for pair in zip(*patterns, strict=True)]
    image = axes[7].collections[0].get_array()
    assert image[0, 4] == image[4, 0] == -0.25 and image[4, 4] == image[0, 0] == 0.25 and image[2, 3] == 0
    assert axes[4].get_ylim()[1] <= 2 and axes[7].get_xlim()[1] < 2
    assert (field, patterns, tables) == before


def test_one_latent_leaves_the_second_pattern_out():
    with canvas.look():
        axes = generalized_hopfield.theory(*hopfield(1)).axes
    assert not axes[2].axison and axes[3].get_xlabel() == "field b / $k_BT$, one dot a cell"


def test_curie_weiss_errors_are_in_percent():
    with canvas.look():
        middle = order_parameters.coupling(*curie_weiss()).axes[1]
    assert middle.containers[0].lines[0].get_ydata().tolist() == pytest.approx([2, 2, 2])

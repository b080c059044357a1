"""A decoded theory on paper: its figure, its lines, its place on the page."""

import numpy as np
import pytest

from latentfield.decoding.theory import Theory
from latentfield.records.base import checked
from latentfield.records.decoded import DECODED, NoTheory
from latentfield.report.figures.one_vae import draw as draw_measured
from latentfield.report.figures.theories.table import draw
from latentfield.report.page.page import write_page
from latentfield.report.page.theory_table import lines
from tests.report.records import sampled

ORIGIN = {"name": "hopfield", "system": "hopfield", "recording": "none"}


def patterns() -> tuple[Theory, dict]:
    """Two patterns of nine bits, found with the signs and order changed; the second has one wrong bit."""
    scores = {
        "found": 2,
        "exact": 0.5,
        "mean_overlap": 8 / 9,
        "minimum_overlap": 7 / 9,
        "coupling_error": 0.31,
        "binarity": 0.9,
    }
    methods = [{"method": name} | scores for name in ("decoder, search", "second moments, search")]
    network = {key: {"value": 5.25, "se": 0.125} for key in ("log_z", "cross_entropy", "gain", "excess")}
    network |= {key: {"data": [0.1, 0.01], "network": [0.2, 0.01], "z": -2.5} for key in ("energy", "max_overlap")}
    record = ORIGIN | {"kind": "patterns", "temperature": 1.0079, "asked": 3, "found": 2, "confidence": [0.999, 0.25]}
    record |= {"subspace_cos2": [0.91, 0.99], "scores": scores, "methods": methods, "network": network}
    overlap = [[0.1, -1.0], [7 / 9, 0.1]]
    tables = {
        "overlaps": [{"true": m + 1, "recovered": n + 1, "overlap": overlap[m][n]} for m, n in np.ndindex(2, 2)],
        "sources": [{"recovered": n + 1, "site": i, "source": (-1) ** i * 1.1} for n in range(2) for i in range(9)],
    }
    return Theory(DECODED.validate_python(record), {"patterns": np.ones((2, 9), np.int8)}), tables


def test_same_theory_same_bytes(tmp_path):
    first, second = (draw(*patterns(), tmp_path / name) for name in ("a", "b"))
    assert [path.name for path in first] == ["theory.png", "theory.svg"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert "Hopfield network (hopfield)" in first[1].read_text()


def test_methods_alone_are_drawn_where_no_pattern_was_found(tmp_path):
    theory, _ = patterns()
    none = theory.record.model_copy(update={"found": 0, "confidence": []})
    text = draw(theory._replace(record=none), {}, tmp_path)[1].read_text()
    assert "found no pattern" in text and "second moments, search" in text and "how binary" not in text


def test_a_surrogate_is_marked(tmp_path):
    theory, tables = patterns()
    drawn = draw(theory._replace(record=theory.record.model_copy(update={"recording": "SURROGATE"})), tables, tmp_path)
    assert drawn[1].read_text().count("SURROGATE") == 2


def test_nothing_is_drawn_where_there_is_no_theory(tmp_path):
    none = Theory(NoTheory(**ORIGIN, reason="sites without one"), {})
    assert draw(none, {}, tmp_path) == [] and not list(tmp_path.iterdir())
    assert lines(none.record) == [("theory", "none: sites without one")]


def test_patterns_in_words():
    found = dict(lines(patterns()[0].record))
    assert found["patterns found"] == "2 of 3 asked for"
    assert found["confidence of each"] == "0.999, 0.25"
    assert found["exact, against the truth"] == "50 %, smallest overlap 0.7778"
    assert found["network of these patterns, −ln Q of held-out data"] == "5.25 ± 0.12 nats"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"kind": "mean_field", "couplings": [], "worst_error": -0.0123, "worst_temperature": 0.5}, "-1.23 %"),
        ({"kind": "order_tensor", "worst_r2_nematic": 0.98765,
          "r2": [{"temperature": 0.2, "worst": 0.9} | {f"r2_{k}": 0.9 for k in range(1, 6)}],
          "mean_field": [{"temperature": t, "slope": t, "slope_se": 0.1, "r2": 0.5} for t in (0.99, 1.01)]}, "0.9900 to 1.0100"),
        ({"kind": "generalized_hopfield", "pattern_norms": [1.5, 1.0], "log_z": 3.25, "error": 1e-8,
          "mean_pull": [0.0, 0.0], "nats_per_word": {"mean": 2.5, "se": 0.25}, "words": 40,
          "cumulants": [{"axis": 0, "mean": 0.0, "variance": 1.0, "skewness": -0.5, "kurtosis": 0.25}],
          "samples": {"count": {"worst_z": 2.0, "rms_z": 1.25}}}, "skewness -0.50, excess kurtosis 0.25"),
    ],
)  # fmt: skip
def test_other_kinds_in_words(record, expected):
    assert any(expected in value for _, value in lines(checked(DECODED, record, "here")))


def test_the_theory_stands_in_the_section_of_its_vae(tmp_path):
    record, tables = sampled()
    name = record.name
    record.write(tmp_path / "metrics" / f"{name}.json")
    draw_measured(record, tables, tmp_path / "figures" / name)
    theory, drawn = patterns()
    theory.write(tmp_path / "theories" / name)
    draw(theory, drawn, tmp_path / "figures" / name)
    write_page(tmp_path, tmp_path / "theories", tmp_path / "index.html")
    page = (tmp_path / "index.html").read_text()
    assert "The theory, read off the decoder" in page and "2 of 3 asked for" in page
    assert page.count("<figure>") == len(list((tmp_path / "figures" / name).glob("*.png")))

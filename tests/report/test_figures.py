"""Figures: what stands on them, which files are written, and that the same input gives the same bytes."""

import copy
import subprocess
import sys

import pytest
from records import recorded, sampled

from latentfield.report import curves
from latentfield.report.figures import draw
from latentfield.report.overview import overview

BOTH = (sampled(), recorded("SURROGATE"))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The figures of a sampled system and of a surrogate recording."""
    folder = tmp_path_factory.mktemp("figures")
    return {record["system"]: draw(record, tables, folder / record["system"]) for record, tables in BOTH}


def texts(folder, name):
    return (folder / f"{name}.svg").read_text()


def test_a_sampled_system_has_its_curves_and_its_nats(drawn):
    written = drawn["ising"]
    assert [p.name for p in written] == ["observables.png", "observables.svg", "nats.png", "nats.svg"]
    svg, nats = written[1].read_text(), written[3].read_text()
    labels = ("Ising model, 16 spins", "|m|", "susceptibility χ J", "Binder cumulant", "energy per site / J")
    for label in (*labels, "temperature T / J", "data", "VAE samples", "exact, finite size"):
        assert f">{label}<" in svg, label
    assert "exact entropy" in nats and "(nats per configuration)" in nats


@pytest.mark.parametrize("name, label", [("abs_m", "|m|"), ("max_overlap", "largest overlap"), ("new_one", "new one")])
def test_the_order_parameter_has_its_name(name, label):
    assert curves.labels(name)[name] == label


def test_no_exact_curve_where_none_is_known(tmp_path):
    record, tables = sampled()
    for row in tables["observables"]:
        row["energy_exact"] = None
    del record["gap"]
    draw(record, tables, tmp_path)
    assert "exact" not in texts(tmp_path, "observables")
    assert "exact" not in texts(tmp_path, "nats")


def test_one_temperature_and_an_unknown_score_can_be_drawn(tmp_path):
    record, tables = sampled()
    row = tables["observables"][0] | {"abs_m_z": float("nan"), "abs_m_se": float("nan")}
    for name in ("gap", "rate"):
        del record[name]["per_temperature"][1:]
    assert len(draw(record, {"observables": [row]}, tmp_path)) == 4


def test_a_recording_has_its_words(tmp_path):
    assert [p.name for p in draw(*recorded(), tmp_path)] == ["words.png", "words.svg"]
    svg = texts(tmp_path, "words")
    numbers = ("2.432 ± 0.011", "2.900 ± 0.012", "2.500 ± 0.011", "gain over independent 0.468 ± 0.003")
    for text in (*numbers, "VAE, K = 25", "P(K)", "P(q)", "independent cells", "nats per held-out word"):
        assert f">{text}<" in svg, text
    assert "SURROGATE" not in svg


def test_a_surrogate_is_marked_on_the_figure_and_in_its_title(drawn):
    assert drawn["retina"][1].read_text().count(">SURROGATE RECORDING<") == 2


def test_same_input_same_bytes_and_input_and_settings_untouched(drawn, tmp_path):
    import matplotlib

    settings = dict(matplotlib.rcParams)
    for record, tables in BOTH:
        before = copy.deepcopy((record, tables))
        again = draw(record, tables, tmp_path / record["system"])
        assert [p.read_bytes() for p in again] == [p.read_bytes() for p in drawn[record["system"]]]
        assert (record, tables) == before
    assert dict(matplotlib.rcParams) == settings


def test_files_carry_neither_date_nor_version(drawn):
    png, svg = drawn["retina"]
    assert b"Software" not in png.read_bytes() and b"tIME" not in png.read_bytes()
    assert "dc:date" not in svg.read_text() and "Matplotlib v" not in svg.read_text()


def test_importing_the_figures_does_not_import_matplotlib():
    code = "import sys, latentfield.report.figures, latentfield.report.overview; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_overview_shows_every_system_and_says_what_is_absent(tmp_path):
    systems = {"ising": sampled(), "maier_saupe": sampled("maier_saupe", "nematic_s"), "retina": recorded("SURROGATE")}
    metrics, tables = ({name: pair[k] for name, pair in systems.items()} for k in (0, 1))
    png, svg = overview(metrics, tables, tmp_path)
    text = svg.read_text()
    assert png.name == "overview.png" and png.stat().st_size < 150_000
    for label in ("Ising model, 16 spins", "Hopfield network:", "Curie-Weiss model:", "SURROGATE", "Gap of the VAE"):
        assert f">{label}<" in text, label
    assert text.count(">not evaluated<") == 2
    assert svg.read_bytes() == overview(metrics, tables, tmp_path / "again")[1].read_bytes()


def test_overview_of_nothing_can_be_drawn(tmp_path):
    _, svg = overview({}, {}, tmp_path)
    assert svg.read_text().count(">not evaluated<") == 5

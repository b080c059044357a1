"""Figures: what stands on them, which files are written, and that the same input gives the same bytes."""

import copy
import subprocess
import sys

import pytest

from latentfield.records.measured import MeasuredSystem
from latentfield.report.figures import canvas, curves, maps, overview, panel, shortfall
from latentfield.report.figures.one_vae import draw
from latentfield.report.labels import representative
from latentfield.systems.table import SYSTEMS
from tests.report.records import recorded, sampled

BOTH = (sampled(), recorded("SURROGATE"))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The figures of a sampled system and of a surrogate recording."""
    folder = tmp_path_factory.mktemp("figures")
    return {record.system: draw(record, tables, folder / record.system) for record, tables in BOTH}


def texts(folder, name):
    return (folder / f"{name}.svg").read_text()


def test_a_sampled_system_has_its_curves_and_its_nats(drawn):
    written = drawn["ising"]
    names = ("observables", "nats", "posterior", "residuals")
    assert [p.name for p in written] == [f"{name}.{kind}" for name in names for kind in ("png", "svg")]
    svg, nats = written[1].read_text(), written[3].read_text()
    labels = ("Ising model, 16 spins: samples", "|m|", "susceptibility χ J", "Binder cumulant", "energy per site / J")
    for label in (*labels, "temperature T / J", "data", "VAE samples", "exact, finite size"):
        assert f">{label}<" in svg, label
    for label in ("correlation length ξ", "G(r)", "T = 1.80"):
        assert f">{label}<" in svg, label
    for label in ("gap, ± 2 s.e.", "at least", "null run", "capacity, Gaussian", "(nats per configuration)"):
        assert f">{label}<" in nats, label
    posterior, residuals = written[5].read_text(), written[7].read_text()
    assert ">aggregate posterior<" in posterior and ">density, T = 1.8 J<" in posterior
    assert ">explain 62 % (shuffled: 0 %)<" in residuals and ">explain 1 % (shuffled: 0 %)<" in residuals


def test_a_saturated_network_is_drawn_as_a_bound():
    """Two points with errors, and one triangle at the limit."""
    with canvas.look():
        axes = canvas.new(3, 3).subplots()
        shortfall.remainder(axes, sampled()[0])
    (triangle,) = [line for line in axes.lines if line.get_label() == "at least"]
    assert triangle.get_xydata().tolist() == [[3.0, 2.4]]
    (points,) = [c for c in axes.containers if c.get_label() == "total correlation, network"]
    assert len(points.lines[0].get_xdata()) == 2


def test_displacements_are_centred_and_zero_is_blank():
    with canvas.look():
        axes = canvas.new(3, 3).subplots()
        maps.displacement(axes, sampled()[1]["two_point"])
    image = axes.images[0].get_array()
    assert image.mask[2, 2] and image[2, 3] == image[3, 2] == 0.5
    assert image[1, 2] == pytest.approx(0.03) and axes.images[0].get_clim() == (-0.5, 0.5)


@pytest.mark.parametrize("name, label", [("abs_m", "|m|"), ("max_overlap", "largest overlap"), ("new_one", "new one")])
def test_the_order_parameter_has_its_name(name, label):
    assert curves.labels([{"temperature": 1.0, f"{name}_z": 0.0}]) == {name: label}


def test_no_exact_curve_where_none_is_known(tmp_path):
    record, tables = sampled()
    del tables["exact"]
    draw(record.model_copy(update={"gap": None}), tables, tmp_path)
    assert "exact" not in texts(tmp_path, "observables")
    assert "gap" not in texts(tmp_path, "nats")


def test_one_temperature_and_an_unknown_score_can_be_drawn(tmp_path):
    record, tables = sampled()
    row = tables["observables"][0] | {"abs_m_z": float("nan"), "abs_m_se": float("nan")}
    plain = record.plain()
    for name in ("gap", "rate", "tc"):
        del plain[name]["per_temperature"][1:]
    plain["tc"]["at_least"] = [True]
    record = MeasuredSystem.model_validate(plain)
    assert len(draw(record, {"observables": [row]}, tmp_path)) == 4


def test_a_recording_has_its_words(tmp_path):
    names = ("words", "ladder", "residuals")
    assert [p.name for p in draw(*recorded(), tmp_path)] == [f"{n}.{kind}" for n in names for kind in ("png", "svg")]
    svg, ladder = texts(tmp_path, "words"), texts(tmp_path, "ladder")
    for text in ("P(K)", "P(q)", "independent cells", "draws of z per word, K", "probability of a ten-cell word, data"):
        assert f">{text}<" in svg, text
    for text in (
        "2.432 ± 0.011",
        "2.900 ± 0.012",
        "mixture of 32 components",
        "VAE, 2 latents",
        "nats per held-out word",
    ):
        assert f">{text}<" in ladder, text
    assert "SURROGATE" not in svg


def test_a_surrogate_is_marked_on_the_figure_and_in_its_title(drawn):
    assert drawn["retina"][1].read_text().count(">SURROGATE RECORDING<") == 2


def test_same_input_same_bytes_and_input_and_settings_untouched(drawn, tmp_path):
    import matplotlib

    settings = dict(matplotlib.rcParams)
    for record, tables in BOTH:
        before = copy.deepcopy((record, tables))
        again = draw(record, tables, tmp_path / record.system)
        assert [p.read_bytes() for p in again] == [p.read_bytes() for p in drawn[record.system]]
        assert (record, tables) == before
    assert dict(matplotlib.rcParams) == settings


def test_files_carry_neither_date_nor_version(drawn):
    png, svg, *_ = drawn["retina"]
    assert b"Software" not in png.read_bytes() and b"tIME" not in png.read_bytes()
    assert "dc:date" not in svg.read_text() and "Matplotlib v" not in svg.read_text()


def test_importing_the_figures_does_not_import_matplotlib():
    code = "import sys; from latentfield.report.figures import one_vae, overview; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_overview_shows_every_system_and_says_what_is_absent(tmp_path):
    systems = {"ising": sampled(), "maier_saupe": sampled("maier_saupe", "nematic_s"), "retina": recorded("SURROGATE")}
    metrics, tables = ({name: pair[k] for name, pair in systems.items()} for k in (0, 1))
    png, svg = overview.draw(metrics, tables, tmp_path)
    text = svg.read_text()
    assert png.name == "overview.png" and png.stat().st_size < 150_000
    for label in ("Ising model", "16 spins", "Hopfield network:", "Curie-Weiss model:", "SURROGATE", "Gap of the VAE"):
        assert f">{label}<" in text, label
    assert text.count(">not evaluated<") == len(SYSTEMS) - 2
    assert svg.read_bytes() == overview.draw(metrics, tables, tmp_path / "again")[1].read_bytes()


def test_overview_of_nothing_can_be_drawn(tmp_path):
    _, svg = overview.draw({}, {}, tmp_path)
    assert svg.read_text().count(">not evaluated<") == len(SYSTEMS) + 1


def test_the_panel_has_a_row_for_each_system_and_prefers_the_joint_prior(tmp_path):
    systems = {
        "ising": sampled(),
        "hopfield": sampled("hopfield", "max_overlap"),
        "hopfield_joint": sampled("hopfield", "max_overlap", "hopfield_joint", "autoregressive"),
    }
    metrics, tables = ({name: pair[k] for name, pair in systems.items()} for k in (0, 1))
    assert [representative(metrics, system) for system in ("ising", "hopfield", "potts")] == [
        "ising",
        "hopfield_joint",
        None,
    ]
    _, svg = panel.draw(metrics, tables, tmp_path)
    text = svg.read_text()
    assert text.count(">pairs by displacement<") == 2 and ">Hopfield network, joint prior<" in text
    assert ">ξ<" in text and ">Binder<" in text
    assert svg.read_bytes() == panel.draw(metrics, tables, tmp_path / "again")[1].read_bytes()
    assert panel.draw({}, {}, tmp_path / "nothing") == []

"""The number of latents of words whose number of collective variables is known."""

import numpy as np
import pytest
import torch

from latentfield.report.figures.studies.latent_number import draw
from latentfield.samples import store
from latentfield.samples.splits import SPLITS
from latentfield.samples.store import SampleSet
from latentfield.studies.latent_number import making
from latentfield.studies.latent_number import study as latent_number
from latentfield.studies.latent_number.making import Work
from latentfield.studies.latent_number.plan import LatentStudy
from latentfield.studies.latent_number.record import LatentNumberRecord, StudyOrigin
from latentfield.vae import model
from latentfield.vae.schedule import Shared
from latentfield.words.ladder import Sizes
from tests.vae.build import RECORD

CELLS = 8
ORIGIN = StudyOrigin(
    **{key: RECORD[key] for key in ("name", "system", "profile", "recording", "data", "run", "code")},
    training=Shared(precision="32-true"),
)
STUDY = LatentStudy(
    linear=(1, 2, 4), curved=(1,), splits=("random",), stable=1, starts=2, hidden=(16, 16), components=8, epochs=12, batch=64,
    learning_rate=1e-2, draws=4, warm_up=0.2, words=2000, importance_samples=50,
)  # fmt: skip
SIZES = Sizes(importance_samples=20, mixtures=(2,), pairwise_steps=60)


@pytest.fixture(scope="module")
def recording(tmp_path_factory) -> SampleSet:
    """Words with one collective variable: all cells are up with probability 0.9, or all with 0.1."""
    rng = np.random.default_rng(0)
    shape = (10, 1500)
    rate = np.where(rng.random(shape) < 0.5, 0.9, 0.1)
    x = np.where(rng.random((*shape, CELLS)) < rate[..., None], 1, -1).astype(np.int8)
    label = rng.choice([1, 2, 3], p=[0.75, 0.1, 0.15], size=shape).astype(np.int8)
    path = tmp_path_factory.mktemp("words") / "words.zarr"
    attributes = {"splits": list(SPLITS), "sites": "spins"}
    store.write(path, attributes, shape[1], x, shape[0], splits=np.stack([label] * 3), temperatures=np.ones(1))
    return SampleSet(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def work(recording, folder) -> Work:
    return Work(STUDY, recording, SIZES, 1, ORIGIN, folder)


@pytest.fixture(scope="module")
def record(work):
    torch.set_num_threads(1)
    return latent_number.run(work, 1)


def entropy() -> float:
    """Of a word: sum over the number of cells that are up, of which all arrangements are alike."""
    k = np.arange(CELLS + 1)
    p = 0.5 * (0.9**k * 0.1 ** (CELLS - k) + 0.1**k * 0.9 ** (CELLS - k))
    count = np.array([np.prod(np.arange(CELLS, CELLS - j, -1)) / max(1, np.prod(np.arange(1, j + 1))) for j in k])
    return float(-(count * p * np.log(p)).sum())


def test_one_latent_reaches_the_entropy_and_more_no_more(record):
    """The gain of each is the total correlation, and no VAE of four latents stays behind the exact fits."""
    points = {
        (point.decoder, point.latents): point for point in record.points if point.seed == 1 and point.half is None
    }
    assert set(points) == {("linear", 1), ("curved", 1), ("linear", 2), ("linear", 4)}
    for point in points.values():
        assert abs(point.nats_per_word.value - entropy()) < 0.03 + 3 * point.nats_per_word.se
        assert abs(point.gain.value - (CELLS * np.log(2) - entropy())) < 0.03 + 3 * point.gain.se
    assert record.ladder["random"]["independent"].value == pytest.approx(CELLS * np.log(2), abs=0.02)
    assert abs(record.ladder["random"]["mixture"].value - entropy()) < 0.1
    assert record.best.decoder == "linear"


def test_exact_fits_have_a_certificate_and_vaes_say_which_latents_died(record):
    for point in record.points:
        if point.latents == 4:
            assert point.certificate is None and point.convergence
            assert 1 <= point.active <= 4
        elif point.seed == 1 and point.half is None:
            assert 0 <= point.certificate < 0.02 and not point.convergence and point.active is None
            assert point.neg_elbo.value == pytest.approx(point.nats_per_word.value, abs=1e-4)


def test_patterns_of_one_collective_variable_are_a_property_of_the_data(record, folder):
    alike = record.stability
    assert alike.latents == 1 and alike.seeds == (1, 2)
    assert alike.starts.least > 0.999 and alike.halves.least > 0.995 and alike.identified
    assert alike.starts.span == pytest.approx(alike.starts.least)
    saved = model.load(folder / record.best.name)
    assert saved.record.settings["latents"] == record.best.latents and saved.record.name == "toy"


def test_the_cumulant_has_an_error_from_two_halves(record):
    """K vanishes at its origin, whatever the half, and its error with it; away from it halves differ, but little."""
    axis = [row for row in record.cumulant if row["axis"] == 0]
    middle = axis[len(axis) // 2]
    assert middle["h"] == 0 and [middle["k"], middle["k_se"]] == pytest.approx([0, 0], abs=1e-12)
    assert 0 < axis[-1]["k_se"] < 0.2 * axis[-1]["k"]


def test_finished_points_are_not_measured_again(record, work, monkeypatch):
    for name in ("fit", "fit_linear", "fit_curved"):
        monkeypatch.setattr(making, name, None)
    monkeypatch.setattr(latent_number, "ladder", None)
    assert latent_number.run(work, 1) == record


def test_the_result_is_the_same_with_two_processes(record, work, tmp_path):
    assert latent_number.run(work._replace(folder=tmp_path), 2) == record


def test_the_figure_has_every_point(record, tmp_path):
    whole = LatentNumberRecord(**dict(ORIGIN), **dict(record), seed=1, study=STUDY)
    whole.write(tmp_path / "latents.json")
    assert LatentNumberRecord.read(tmp_path / "latents.json") == whole
    first, second = (draw(whole, tmp_path / name) for name in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    text = first[1].read_text()
    assert "number of latents" in text and "curved decoder" in text

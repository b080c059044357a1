"""The number of latents of words whose number of collective variables is known."""

import numpy as np
import pytest
import torch

from latentfield.report.figures.studies.latent_number import draw
from latentfield.samples import store
from latentfield.samples.splits import SPLITS
from latentfield.samples.store import SampleSet
from latentfield.studies.latent_number import study as latent_number
from latentfield.studies.latent_number.plan import LatentStudy
from latentfield.studies.latent_number.record import LatentNumberRecord, StudyOrigin
from latentfield.studies.latent_number.study import Common
from latentfield.vae import model
from latentfield.vae.architecture import NetworkSettings, PriorSettings
from latentfield.vae.schedule import Shared
from latentfield.words.ladder import Sizes
from tests.vae.build import RECORD

CELLS = 8
PRIOR = PriorSettings(kind="spline", layers=1, bins=8, bound=5.0, hidden=8)
ENTRY = NetworkSettings(encoder="dense", decoder="linear", hidden=(16, 16), prior=PRIOR)
ORIGIN = StudyOrigin(
    **{key: RECORD[key] for key in ("name", "system", "profile", "recording", "data", "run", "code")},
    training=Shared(precision="32-true"),
)
COMMON = Common(ENTRY, 1, ORIGIN)
STUDY = LatentStudy(
    latents=(1, 2), splits=("random",), seeds=2, bins=8, epochs=14, batch=128, learning_rate=2e-2, decay=0.9, words=2000,
    importance_samples=20,
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
def record(recording, folder):
    torch.set_num_threads(1)
    return latent_number.run(STUDY, recording, COMMON, SIZES, 1, folder)


def entropy() -> float:
    """Of a word: sum over the number of cells that are up, of which all arrangements are alike."""
    k = np.arange(CELLS + 1)
    p = 0.5 * (0.9**k * 0.1 ** (CELLS - k) + 0.1**k * 0.9 ** (CELLS - k))
    count = np.array([np.prod(np.arange(CELLS, CELLS - j, -1)) / max(1, np.prod(np.arange(1, j + 1))) for j in k])
    return float(-(count * p * np.log(p)).sum())


def test_one_latent_reaches_the_entropy_and_two_no_more(record):
    nats = {point.latents: point.nats_per_word for point in record.points if point.seed == 1}
    for d in (1, 2):
        assert abs(nats[d].value - entropy()) < 0.1 + 4 * nats[d].se
    gains = [point.gain for point in record.points]
    assert all(abs(gain.value - (CELLS * np.log(2) - entropy())) < 0.1 + 4 * gain.se for gain in gains)
    assert record.ladder["random"]["independent"].value == pytest.approx(CELLS * np.log(2), abs=0.02)
    assert abs(record.ladder["random"]["mixture"].value - entropy()) < 0.1


def test_seeds_are_compared_and_the_best_point_is_there(record, folder):
    alike = record.stability
    assert alike.seeds == (1, 2) and np.array(alike.cosines).shape == (1, 2)
    # The first pattern is that of the data, for either seed; the second latent has nothing to find.
    assert alike.cosines[0][0] > 0.98
    saved = model.load(folder / record.best.name)
    assert saved.record.settings["latents"] == record.best.latents and saved.record.name == "toy"


def test_the_cumulant_has_an_error_over_seeds(record):
    """K vanishes at its origin, whatever the seed, and its error with it; away from it seeds differ, but little."""
    axis = [row for row in record.cumulant if row["axis"] == 0]
    middle = axis[len(axis) // 2]
    assert middle["h"] == 0 and [middle["k"], middle["k_se"]] == pytest.approx([0, 0], abs=1e-12)
    assert 0 < axis[-1]["k_se"] < 0.2 * axis[-1]["k"]


def test_finished_points_are_not_measured_again(record, recording, folder, monkeypatch):
    monkeypatch.setattr(latent_number, "fit", None)
    assert latent_number.run(STUDY, recording, COMMON, SIZES, 1, folder) == record


def test_the_figure_has_every_point(record, tmp_path):
    whole = LatentNumberRecord(**dict(ORIGIN), **dict(record), seed=1, study=STUDY)
    whole.write(tmp_path / "latents.json")
    assert LatentNumberRecord.read(tmp_path / "latents.json") == whole
    first, second = (draw(whole, tmp_path / name) for name in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    text = first[1].read_text()
    assert "number of latents" in text and "independent cells" in text

"""Whole fits of data small enough for seconds: which number of latents, and what is said; killed ones go on."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import latentfield
from latentfield.cli import app
from latentfield.errors import LatentfieldError
from latentfield.fitting import contrastive_bound, making
from latentfield.fitting.result import read
from latentfield.fitting.settings import settings
from latentfield.pipeline import own_recording
from latentfield.recordings.store_words import DataSet
from latentfield.recordings.words import words
from latentfield.tracking.server import connect
from latentfield.words import evaluate, ladder

QUICK = {
    "latents": (1,), "steps": 400, "epochs": (2, 12), "batch": 128, "learning_rate": 2e-2, "importance_samples": 30,
    "mixtures": (4,), "pairwise_steps": 150, "ratio_steps": 150, "hidden": (16, 16),
}  # fmt: skip
N = 24
RNG = np.random.default_rng(0)
PATTERN = 2 * RNG.integers(0, 2, N, dtype=np.int8) - 1


def one_pattern(n: int = 3000) -> np.ndarray:
    """A Hopfield network of one pattern at T = 0.5, exactly: spins of a Curie-Weiss model times the pattern."""
    up = np.arange(N + 1)
    m = 2 * up / N - 1
    log_binomial = np.cumsum(np.log(np.concatenate([[1], (N - up[:-1]) / (up[:-1] + 1)])))
    p = np.exp(log_binomial + N * m**2 / 2 / 0.5 - (log_binomial + N * m**2).max())
    ranks = RNG.random((n, N)).argsort(1).argsort(1)
    return (np.where(ranks < RNG.choice(up, n, p=p / p.sum())[:, None], 1, -1) * PATTERN).astype(np.int8)


@pytest.fixture
def quick(monkeypatch):
    """Fits of seconds: fewer steps than the defaults."""
    monkeypatch.setattr("latentfield.fitting.settings.settings", lambda **values: settings(**QUICK | values))
    monkeypatch.setattr(evaluate, "POSTERIORS", 2000)
    monkeypatch.setattr(contrastive_bound, "STEPS", 160)


def test_one_pattern_needs_one_latent_and_comes_back(tracking_store, quick, tmp_path):
    np.save(tmp_path / "One pattern.npy", one_pattern() > 0)
    done = CliRunner().invoke(
        app.commands, ["fit", str(tmp_path / "One pattern.npy"), "--latents", "1", "--json", "--workers", "1"]
    )
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert list(found) == [
        "n_samples", "n_sites", "dropped_sites", "split", "latents", "curved", "baselines", "chosen", "faithful",
        "missing_nats", "verdict", "patterns", "model", "report",
    ]  # fmt: skip
    assert (found["n_samples"], found["n_sites"], found["dropped_sites"], found["split"]) == (3000, N, [], "random")
    assert [row["d"] for row in found["latents"]] == [0, 1]
    assert all(set(row) == {"d", "nats", "se", "rate", "tc", "tc_floor", "certificate"} for row in found["latents"])
    assert found["latents"][0]["certificate"] is None and found["latents"][1]["certificate"]["train"] < 0.01
    assert [row["d"] for row in found["curved"]] == [1] and set(found["curved"][0]) == {
        "d",
        "nats",
        "se",
        "rate",
        "certificate",
    }
    assert set(found["baselines"]) == {"independent", "count", "pairwise", "mixture"}
    assert (found["chosen"], found["faithful"]) == (1, True) and found["missing_nats"] < 0.15
    assert found["verdict"].startswith("Faithful: 1 latent suffices.")
    pattern = np.load(found["patterns"])
    assert pattern.shape == (1, N) and np.array_equal(pattern[0] * pattern[0, 0], PATTERN * PATTERN[0])
    assert found["model"] == {"name": "latentfield-one_pattern", "version": "1"}
    page = (tracking_store / found["report"]).read_text()
    assert "Faithful: 1 latent suffices." in page and page.count("<figure>") >= 4
    assert "latentfield-one_pattern v1 (champion)" in page
    _check_runs(found)
    model = latentfield.load("one_pattern@champion")
    assert np.array_equal(model.theory.arrays["signs"], pattern)
    assert "The fit with a curved decoder." in page and model.theory.arrays["curved_probability"].shape == (25, N)
    assert model.theory.arrays["curved_jacobian"].shape == (25, N, 1)
    assert sorted(p.name for p in (tracking_store / "fits" / "one_pattern").iterdir()) == [
        "fit.json", "models", "patterns.npy", "report", "samples.zarr", "theory",
    ]  # fmt: skip
    assert not list((tracking_store / "scratch").glob("fit-*"))


def _check_runs(found: dict) -> None:
    """The fit is a run, its VAE one below, of which the registered model is an output; both have the numbers of the record."""
    connection = connect()
    with connection.scope() as client:
        runs = {run.info.run_name: run for run in client.search_runs([connection.experiment_id])}
        version = client.get_model_version(**found["model"])
    (above,) = (run for name, run in runs.items() if name == "fit one_pattern")
    (below,) = (run for name, run in runs.items() if name.endswith("d01"))
    assert sorted(name.rpartition(" ")[2] for name in runs) == ["d01", "d01-curved", "one_pattern"]
    assert below.data.tags["mlflow.parentRunId"] == above.info.run_id and version.run_id == below.info.run_id
    assert {above.info.status, below.info.status} == {"FINISHED"}
    assert above.data.metrics["test/nats_d1"] == found["latents"][1]["nats"]
    assert below.data.metrics["test/rate"] == found["latents"][1]["rate"] and "val/elbo" in below.data.metrics


def test_independent_sites_need_none(quick):
    x = RNG.random((3000, N)) < RNG.uniform(0.1, 0.9, N)
    found = latentfield.fit(x, latents=1)
    assert (found.chosen, found.faithful) == (0, True) and found.missing_nats < 0.01
    assert found.verdict.startswith("Zero latents suffice") and found.patterns.shape == (0, N)
    p = x.mean(0)
    assert found.latents[0].nats == pytest.approx(-(p * np.log(p) + (1 - p) * np.log(1 - p)).sum(), abs=0.15)


def test_pairs_have_no_mean_field_theory_and_are_named(quick):
    a = RNG.random((3000, N // 2)) < 0.5
    found = latentfield.fit(np.concatenate([a, a ^ (RNG.random(a.shape) < 0.05)], 1), latents=1)
    truth = N // 2 * (np.log(2) + 0.05 * np.log(0.05) + 0.95 * np.log(0.95))
    assert not found.faithful and 0.7 * truth < found.missing_nats < truth
    assert "the failure could be told in advance" in found.verdict
    assert all(j - i == N // 2 for i, j in found.record.fit.missed.pairs)


def test_another_decoder_has_patterns_and_says_why_no_more(quick):
    """All spins alike on a 4 x 4 lattice at T = 0.5: one latent, whatever the decoder."""
    up = one_pattern(1500)[:, :16] * PATTERN[:16]
    found = latentfield.fit(up.reshape(-1, 4, 4), latents=1, layout="samples,rows,columns", decoder="cnn")
    assert found.chosen == 1 and found.patterns.shape == (1, 16)
    assert found.theory.record.kind == "linear_head" and "linear decoder" in found.theory.record.reason
    assert found.record.sites == (4, 4) and found.record.fit.missed.lattice


def test_more_latents_than_are_summed_over_are_one_vae_that_keeps_up_with_the_exact_fit(quick):
    """One collective variable: four latents gain nothing on one, and lose little; how many of them are in use is said."""
    found = latentfield.fit(one_pattern(3000), latents=(1, 4), steps=2000, epochs=(2, 110), learning_rate=6e-3)
    one, four = found.latents[-2:]
    assert (one.d, four.d) == (1, 4) and found.chosen == 1
    assert abs(four.nats - one.nats) < 0.15
    assert one.certificate is not None and one.active is None
    assert four.certificate is None and 1 <= four.active <= 4
    assert ("collapsed" in found.verdict) == (four.active < 4)


def test_a_killed_fit_goes_on_and_ends_the_same(quick, tmp_path, monkeypatch):
    monkeypatch.setattr(own_recording.fit_page, "draw", lambda *arguments: None)
    monkeypatch.setattr(own_recording.fit_page, "write", lambda *arguments: None)
    x = one_pattern(800)
    whole = latentfield.fit(x, latents=1, folder=tmp_path / "whole")
    count = ladder.MODELS["count"]

    def killed(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setitem(ladder.MODELS, "count", killed)
    with pytest.raises(KeyboardInterrupt):
        latentfield.fit(x, latents=1, folder=tmp_path / "parts")
    assert not (tmp_path / "parts").exists()
    monkeypatch.setitem(ladder.MODELS, "count", count)
    monkeypatch.setattr(making, "fit_linear", killed)
    monkeypatch.setattr(making, "fit_curved", killed)
    again = latentfield.fit(x, latents=1, folder=tmp_path / "parts")
    assert again.record.fit == whole.record.fit
    assert read(tmp_path / "whole").verdict == whole.verdict


def test_words_to_choose_with_and_to_test_on_may_be_given(quick):
    """Nothing is drawn from the first array then, and the law of the test words is what nats are of."""
    x = one_pattern(1500)
    found = latentfield.fit(x[:1000], latents=1, validation=x[1000:1200], test=x[1200:])
    assert (found.split, found.record.words, found.n_samples) == ("given", 300, 1500) and found.chosen == 1
    half = latentfield.fit(x[:1000], latents=1, test=x[1200:])
    assert half.record.words == 300 and half.n_samples == 1300
    with pytest.raises(LatentfieldError, match="parts of a data set have the same sites"):
        latentfield.fit(x, latents=1, test=x[:, :-1])
    with pytest.raises(LatentfieldError, match="at least 10 are needed in every part"):
        latentfield.fit(x, latents=1, test=x[:5])
    with pytest.raises(LatentfieldError, match="allowed for data in parts: given"):
        latentfield.fit(x, latents=1, test=x[:50], split="random")


def test_a_site_that_never_changes_in_training_is_no_obstacle(quick):
    x = one_pattern(2000)
    x[:, 3] = -1
    x[-30, 3] = 1
    found = latentfield.fit(x, latents=1, split="movie")
    assert found.dropped_sites == [] and found.chosen == 1 and np.isfinite(found.record.fit.cut.bound.value)


def test_a_folder_takes_another_fit_of_the_same_words(quick, tmp_path):
    """The digest of the words is no number of words."""
    x = one_pattern(500)
    first = latentfield.fit(x, latents=1, folder=tmp_path / "mine")
    again = latentfield.fit(x, latents=1, split="movie", folder=tmp_path / "mine")
    assert (first.split, again.split) == ("random", "movie") and first.record.digest == again.record.digest
    assert read(tmp_path / "mine").split == "movie" and again.record.words == 50
    with pytest.raises(LatentfieldError, match="holds the fit of other data"):
        latentfield.fit(one_pattern(500), latents=1, folder=tmp_path / "mine")


def test_folders_of_other_things_are_left_alone(quick, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    with pytest.raises(LatentfieldError, match="holds something else than a fit: choose another --name"):
        latentfield.fit(one_pattern(500), latents=1, folder=tmp_path / "mine")
    (tmp_path / "mine" / "fit.json").write_text(json.dumps({"run": "x", "digest": "others"}))
    with pytest.raises(LatentfieldError, match="holds the fit of other data"):
        latentfield.fit(one_pattern(500), latents=1, folder=tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").exists()


@pytest.mark.slow
def test_two_processes_find_what_one_finds(quick, tmp_path):
    x = DataSet(words(one_pattern(800), "x"), "data")
    found = [
        own_recording.fit(x, settings(**QUICK), tmp_path / str(n), tmp_path / f"s{n}", report=False, workers=n)
        for n in (1, 2)
    ]
    assert found[0].record.fit == found[1].record.fit
    assert all((a == b).all() for a, b in zip(*(one.model.state_dict().values() for one in found), strict=True))

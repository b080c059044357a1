"""Training lowers the loss, keeps the best weights, and ends with the same ones however often it was killed."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from latentfield.samples.store import Split
from latentfield.systems.base import stream
from latentfield.systems.curie_weiss import CurieWeiss
from latentfield.vae import training
from latentfield.vae.model import VAE
from latentfield.vae.schedule import Schedule
from latentfield.vae.training import BEST, LAST, fit, resolve_precision
from tests import ROOT
from tests.vae.build import toy

EPOCHS = 3
SYSTEM = CurieWeiss(size=4, temperatures={"min": 0.3, "max": 0.7, "count": 3}, blocks=4, chains=150)
ARCHITECTURE = toy(
    shape=SYSTEM.shape,
    temperatures=SYSTEM.temperatures.values.tolist(),
    encoder="dense",
    decoder="linear",
    hidden=(16, 16),
)
SCHEDULE = Schedule(epochs=EPOCHS, batch=32, learning_rate=1e-2, weight_decay=1e-4, precision="32-true", threads=1)


def splits() -> dict[str, Split]:
    """1,350 configurations of three temperatures for training, 450 for validation."""
    values = SYSTEM.temperatures.values
    x = np.concatenate([SYSTEM.sample_block(values, stream(1, "curie_weiss", u))[:, :, 0] for u in range(4)], 1)
    t = np.broadcast_to(values.astype(np.float32)[:, None], x.shape[:2])
    parts = {"train": slice(450), "validation": slice(450, None)}
    return {name: Split(x[:, part].reshape(-1, 4, 4), t[:, part].flatten()) for name, part in parts.items()}


def train(folder: Path, report=lambda epoch, metrics: None, seed: int = 7, **changes) -> tuple[VAE, dict[str, float]]:
    return fit(ARCHITECTURE, splits(), SCHEDULE.model_copy(update=changes), seed=seed, folder=folder, report=report)


def equal(a: VAE, b: VAE) -> bool:
    return all(torch.equal(value, b.state_dict()[key]) for key, value in a.state_dict().items())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted training: model, metrics, the report of every epoch, and the folder of checkpoints."""
    reports, folder = [], tmp_path_factory.mktemp("whole")
    model, metrics = train(folder, lambda epoch, values: reports.append((epoch, values)))
    return model, metrics, reports, folder


def test_the_loss_decreases_towards_the_entropy(whole):
    """From 16 ln 2 = 11.09 nats of an untrained decoder; the mean exact entropy is a floor no VAE can go below."""
    _, metrics, reports, _ = whole
    assert [epoch for epoch, _ in reports] == [0, 1, 2]
    losses = [-values["val/elbo"] for _, values in reports]
    assert losses[0] > losses[1] > losses[2]
    entropy = np.mean([SYSTEM.exact(t)["entropy"] for t in SYSTEM.temperatures.values])
    assert entropy - 0.3 < -metrics["elbo"] < entropy + 2.5 < 11.09


def test_a_bound_of_more_draws_is_closer_and_chooses_the_epoch(tmp_path):
    """It lies between the ELBO and minus the entropy; the weight of the rate rises to 1 within the warm-up."""
    reports = []
    _, metrics = train(tmp_path, lambda epoch, values: reports.append(values), draws=8, warm_up=0.5)
    entropy = np.mean([SYSTEM.exact(t)["entropy"] for t in SYSTEM.temperatures.values])
    for values in reports:
        assert values["val/elbo"] < values["val/bound"] < -entropy + 0.3
        assert "train/elbo" not in values and values["train/bound"] < 0
    assert metrics["elbo"] < max(values["val/bound"] for values in reports)
    assert [SCHEDULE.model_copy(update={"warm_up": 0.5}).rate_weight(p) for p in (0, 0.25, 0.5, 1)] == [0.1, 0.55, 1, 1]


def test_what_is_reported(whole):
    _, _, reports, _ = whole
    names = {"elbo", "distortion", "rate", "rate/latent_1", "capacity/sphere_packing", "capacity/gaussian"}
    for epoch, values in reports:
        assert {f"{part}/{name}" for part in ("train", "val") for name in names} <= values.keys()
        assert values["learning_rate"] == pytest.approx(1e-2 * (1 - (epoch + 1) / EPOCHS), abs=1e-9)
        assert values["samples_per_second"] > 0
        for part in ("train", "val"):
            assert values[f"{part}/elbo"] == pytest.approx(
                -values[f"{part}/rate"] - values[f"{part}/distortion"], rel=1e-5
            )


def test_the_result_is_the_best_model_in_evaluation_mode(whole):
    """The weights of best.ckpt; its metrics agree with those of its epoch but for the noise of z."""
    model, metrics, reports, folder = whole
    assert not model.training and next(model.parameters()).device.type == "cpu"
    best = torch.load(folder / BEST, weights_only=True)["state_dict"]
    assert all(torch.equal(value, best[f"model.{key}"]) for key, value in model.state_dict().items())
    assert metrics["elbo"] == pytest.approx(max(values["val/elbo"] for _, values in reports), abs=0.3)


def test_the_best_weights_are_kept_when_the_last_are_worse(tmp_path, monkeypatch):
    """A learning rate that grows wild after the first half."""
    monkeypatch.setattr(training, "relative_rate", lambda step, steps: 1.0 if step < steps / 2 else 1000.0)
    reports = []
    _, metrics = train(tmp_path, lambda epoch, values: reports.append(-values["val/elbo"]))
    assert reports[-1] > min(reports) + 1
    assert -metrics["elbo"] == pytest.approx(min(reports), abs=0.3)


def test_the_same_seed_gives_the_same_weights(whole, tmp_path):
    """Whatever the global stream was; another seed gives others."""
    torch.manual_seed(123)
    assert equal(train(tmp_path / "same")[0], whole[0])
    assert not equal(train(tmp_path / "other", seed=8)[0], whole[0])


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.vae.test_training import train

def report(epoch, values):
    if epoch == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

train(Path(sys.argv[2]), report)
"""


@pytest.mark.parametrize("epoch", [1, 2])
def test_a_killed_training_ends_with_the_weights_of_an_uninterrupted_one(epoch, whole, tmp_path):
    """SIGKILL at the end of an epoch, before its checkpoint: optimiser, schedule, shuffling, noise and the best must all return."""
    command = [sys.executable, "-c", KILLED, str(ROOT), str(tmp_path), str(epoch)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == -signal.SIGKILL, run.stderr
    reports = []
    model, metrics = train(tmp_path, lambda epoch, values: reports.append((epoch, values)))
    assert [number for number, _ in reports] == list(range(epoch, EPOCHS))
    assert equal(model, whole[0])
    assert metrics == whole[1]
    for (_, resumed), (_, original) in zip(reports, whole[2][epoch:], strict=True):
        changing = "samples_per_second"
        assert {k: v for k, v in resumed.items() if k != changing} == {
            k: v for k, v in original.items() if k != changing
        }


def test_a_finished_training_is_not_repeated(whole, tmp_path):
    folder = whole[3]
    reports = []
    model, metrics = train(folder, lambda epoch, values: reports.append(epoch))
    assert reports == [] and equal(model, whole[0]) and metrics == whole[1]
    assert (folder / LAST).exists()


@pytest.mark.parametrize(
    ("cuda", "bf16", "given", "precision"),
    [
        (False, False, "auto", "32-true"),
        (True, False, "auto", "32-true"),
        (True, True, "auto", "bf16-mixed"),
        (True, True, "32-true", "32-true"),
        (False, False, "bf16-mixed", "bf16-mixed"),
    ],
)
def test_precision(monkeypatch, cuda, bf16, given, precision):
    """On a CPU "auto" must not be bf16, which is slower there and not the same on every machine."""
    monkeypatch.setattr(training.torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(training.torch.cuda, "is_bf16_supported", lambda: bf16)
    assert resolve_precision(given) == precision

"""The tutorials run as they stand, and what their text says of the numbers is so."""

import runpy

import matplotlib.pyplot as plt
import numpy as np
import pytest

from tests import ROOT


@pytest.fixture
def tutorial(tmp_path, monkeypatch):
    """Runs a tutorial in a folder of its own; the names that it leaves."""
    monkeypatch.chdir(tmp_path)
    yield lambda name: runpy.run_path(str(ROOT / "docs" / "tutorials" / f"{name}.py"))
    plt.close("all")


def test_recording(tutorial):
    names = tutorial("recording")
    found = names["found"]
    field = 2 * (names["b"] + names["w"] * np.linspace(-6, 6, 241)[:, None])
    weight = np.exp(-(np.linspace(-6, 6, 241) ** 2) / 2)
    log_p = names["spikes"] @ field.T - np.logaddexp(0, field).sum(1) + np.log(weight / weight.sum())
    entropy = -np.logaddexp.reduce(log_p, axis=1).mean()
    nats = {row.d: row.nats for row in found.latents}
    assert found.chosen == 1 and abs(nats[1] - entropy) < 0.4 and nats[0] - nats[1] > 1.5
    assert names["cosine"] > 0.9 and np.corrcoef(names["recorded"], names["modelled"])[0, 1] > 0.95


def test_hopfield(tutorial):
    names = tutorial("hopfield")
    assert names["found"].chosen == 2 and names["scored"].exact == 1
    assert abs(names["row"].nats - names["exact"]["entropy"]) < 1.5 and names["independent"] > 40
    assert abs(names["network"].energy(names["block"]).mean() - names["exact"]["energy"]) < 0.5

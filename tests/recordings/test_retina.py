"""The recording: where it is looked for, what is refused, how its words are split, and the statistics of the real one."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pooch
import pytest
import requests

from latentfield.errors import LatentfieldError
from latentfield.recordings import retina

REAL = os.environ.get(retina.VARIABLE)


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No copy named by the environment, and no network."""

    def refuse(*_, **__):
        raise requests.ConnectionError("no network in tests")

    monkeypatch.delenv(retina.VARIABLE, raising=False)
    monkeypatch.setattr(requests, "get", refuse)
    monkeypatch.setattr(pooch, "retrieve", refuse)


@pytest.fixture
def small(monkeypatch) -> tuple[int, int, int]:
    """A recording of two repeats, three neurons and four bins is taken for the real one."""
    monkeypatch.setattr(retina, "SHAPE", (2, 3, 4))
    return retina.SHAPE


@pytest.fixture
def genuine(monkeypatch, tmp_path) -> Path:
    """A file whose hash is taken for that of the real recording."""
    file = tmp_path / "copy.mat"
    file.write_bytes(b"spikes")
    monkeypatch.setattr(retina, "SHA256", hashlib.sha256(b"spikes").hexdigest())
    return file


def test_without_network_a_surrogate_stands_in(tmp_path):
    source = retina.locate(tmp_path / "raw")
    assert (source.kind, source.file) == ("SURROGATE", None)
    assert source.reason == "no copy at hand and the archive cannot be reached (ConnectionError)"


def test_no_download_when_it_is_switched_off(tmp_path, monkeypatch):
    monkeypatch.setattr(requests, "get", lambda *_, **__: pytest.fail("looked for the archive"))
    source = retina.locate(tmp_path, download=False)
    assert source.kind == "SURROGATE" and "recording.download is false" in source.reason


def test_the_named_copy_comes_first(genuine, tmp_path, monkeypatch):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / retina.FILE).write_bytes(b"spikes")
    monkeypatch.setenv(retina.VARIABLE, str(genuine))
    assert retina.locate(tmp_path / "raw") == ("recording", genuine, "")
    monkeypatch.delenv(retina.VARIABLE)
    assert retina.locate(tmp_path / "raw") == ("recording", tmp_path / "raw" / retina.FILE, "")


@pytest.mark.parametrize("place", ["environment", "folder"])
def test_a_wrong_file_is_an_error_with_both_hashes(place, tmp_path, monkeypatch):
    """Never a surrogate in silence where the user has pointed at a file."""
    file = tmp_path / retina.FILE
    file.write_bytes(b"junk")
    if place == "environment":
        monkeypatch.setenv(retina.VARIABLE, str(file))
    with pytest.raises(LatentfieldError) as error:
        retina.locate(tmp_path)
    found = hashlib.sha256(b"junk").hexdigest()
    assert str(file) in str(error.value)
    assert f"expected sha256 {retina.SHA256}, found {found}" in str(error.value)
    assert ("named by LATENTFIELD_RECORDING" in str(error.value)) == (place == "environment")


def test_a_named_file_that_is_missing_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv(retina.VARIABLE, str(tmp_path / "nowhere.mat"))
    with pytest.raises(LatentfieldError, match=r"nowhere\.mat, named by LATENTFIELD_RECORDING, is not a file"):
        retina.locate(tmp_path)


class Listing:
    """What the archive answers."""

    def __init__(self, *names: str):
        self.names = names

    def raise_for_status(self) -> None:
        pass

    def json(self) -> dict:
        return {"files": [{"name": name, "download_url": f"https://archive/{name}"} for name in self.names]}


def test_download_of_the_listed_file(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(requests, "get", lambda *_, **__: Listing("README.txt", retina.FILE))
    monkeypatch.setattr(pooch, "retrieve", lambda url, **options: asked.append((url, options)))
    assert retina.locate(tmp_path / "raw") == ("recording", tmp_path / "raw" / retina.FILE, "")
    ((url, options),) = asked
    assert url == f"https://archive/{retina.FILE}"
    assert options["known_hash"] == f"sha256:{retina.SHA256}" and options["path"] == tmp_path / "raw"


def test_an_archive_without_the_file_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(requests, "get", lambda *_, **__: Listing("README.txt"))
    source = retina.locate(tmp_path)
    assert source.kind == "SURROGATE" and f"lists no file {retina.FILE}" in source.reason


def test_a_download_with_another_hash_is_an_error(tmp_path, monkeypatch):
    def retrieve(url, **options):
        raise ValueError("SHA256 hash of downloaded file does not match")

    monkeypatch.setattr(requests, "get", lambda *_, **__: Listing(retina.FILE))
    monkeypatch.setattr(pooch, "retrieve", retrieve)
    with pytest.raises(LatentfieldError, match="is not the recording: SHA256 hash of downloaded file does not match"):
        retina.locate(tmp_path)


def test_the_warning_names_the_way_out():
    with pytest.warns(
        UserWarning, match=r"SURROGATE RECORDING: because\..*set LATENTFIELD_RECORDING to a copy of bint_"
    ):
        retina.warn_surrogate("because")


@pytest.mark.parametrize("dtype", [np.uint8, np.float64, bool])
def test_words_are_bins_of_plus_and_minus_one(small, dtype):
    """uint8 is the original file's; each word is read cell by cell."""
    bint = np.random.default_rng(0).integers(0, 2, small).astype(dtype)
    words = retina.as_words(bint, Path("f.mat"))
    assert words.shape == (2, 4, 3) and words.dtype == np.int8
    for (repeat, neuron, bin_), spike in np.ndenumerate(bint):
        assert words[repeat, bin_, neuron] == (1 if spike else -1)


def test_what_is_no_recording_is_refused(small):
    file = Path("f.mat")
    with pytest.raises(LatentfieldError, match=r"f\.mat has no array 'bint'"):
        retina.as_words(None, file)
    with pytest.raises(LatentfieldError, match=r"shape \(2, 3, 4\) \(repeat, neuron, bin\), found \(2, 4, 3\)"):
        retina.as_words(np.zeros((2, 4, 3)), file)
    for wrong in (2, -1, 0.5, np.nan):
        bint = np.zeros(small)
        bint[1, 2, 3] = wrong
        with pytest.raises(LatentfieldError, match=r"should hold 0 and 1 only, found \[.*" + str(wrong)):
            retina.as_words(bint, file)


def test_a_matlab_file_is_read(small, tmp_path):
    from scipy.io import savemat

    bint = np.random.default_rng(1).integers(0, 2, small).astype(np.uint8)
    savemat(tmp_path / "f.mat", {"bint": bint, "other": 1})
    np.testing.assert_array_equal(retina.read(tmp_path / "f.mat"), 2 * bint.transpose(0, 2, 1).astype(int) - 1)


def test_surrogate_words_follow_the_fitted_model(small, monkeypatch, tmp_path):
    """Firing rates and the correlation of two cells by quadrature over z, for a model written here."""
    levels = np.linspace(0, 1, 101)
    field, patterns = np.array([-1.0, 0.5, 2.0]), np.array([[1.5, 1.0, 0.0], [0.0, -1.0, 0.5]])
    quantiles = np.stack([2 * levels - 1, levels**2])
    np.savez(tmp_path / "surrogate.npz", field=field, patterns=patterns, quantiles=quantiles)
    monkeypatch.setattr(retina, "SURROGATE_FILE", tmp_path / "surrogate.npz")
    monkeypatch.setattr(retina, "SHAPE", (100, 3, 1000))
    words = retina.surrogate(3)
    assert words.shape == (100, 1000, 3) and words.dtype == np.int8
    np.testing.assert_array_equal(words, retina.surrogate(3))
    assert not np.array_equal(words, retina.surrogate(4))

    middle = (np.arange(400) + 0.5) / 400
    z = np.stack(np.meshgrid(*(np.interp(middle, levels, q) for q in quantiles), indexing="ij"), -1).reshape(-1, 2)
    p = 1 / (1 + np.exp(-(field + z @ patterns)))
    spikes = (words.reshape(-1, 3) > 0).astype(float)
    error = 4 * np.sqrt(0.25 / len(spikes))
    np.testing.assert_allclose(spikes.mean(0), p.mean(0), atol=error)
    np.testing.assert_allclose(spikes.T @ spikes / len(spikes) - np.diag(spikes.mean(0)),
                               p.T @ p / len(p) - np.diag((p**2).mean(0)), atol=error)  # fmt: skip


@pytest.mark.skipif(not retina.SURROGATE_FILE.exists(), reason="the fitted surrogate model is not in the package")
def test_the_surrogate_is_like_the_recording():
    """Loose on purpose: a fitted model of two latents, not the data."""
    words = retina.surrogate(0)
    active = (words > 0).sum(-1)
    assert words.shape == (297, 953, 160)
    assert (words > 0).mean() == pytest.approx(0.0358, abs=0.004)
    assert 0.12 < (active == 0).mean() < 0.25
    assert active.max() < 100


@pytest.mark.skipif(not REAL, reason=f"needs the recording: set {retina.VARIABLE} to a copy of it")
def test_statistics_of_the_real_recording(monkeypatch, tmp_path):
    monkeypatch.setenv(retina.VARIABLE, REAL)
    words = retina.read(retina.locate(tmp_path).file)
    active = (words > 0).sum(-1)
    assert (words > 0).mean() == pytest.approx(0.0358, abs=5e-5)
    assert (active == 0).mean() == pytest.approx(0.210, abs=5e-4)
    assert active.max() == 45

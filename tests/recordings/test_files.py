"""Every kind of file gives back the planted array; the ten kinds of bad file are one message each."""

import importlib.util
import sys

import numpy as np
import pytest
import zarr
from scipy.io import savemat
from typer.testing import CliRunner

from latentfield.cli import app
from latentfield.errors import LatentfieldError
from latentfield.recordings import files
from latentfield.recordings.words import words

PLANTED = np.random.default_rng(0).random((60, 5)) < 0.4


def written(folder, kind, x):
    path = folder / f"planted.{kind}"
    if kind == "npy":
        np.save(path, x)
    elif kind == "npz":
        np.savez_compressed(path, spikes=x)
    elif kind == "mat":
        savemat(path, {"spikes": x, "rate": 50.0})
    elif kind == "csv":
        np.savetxt(path, x, fmt="%d", delimiter=",")
    else:
        zarr.create_array(path, data=x, chunks=(7, 5), config={"write_empty_chunks": True})
    return path


@pytest.mark.parametrize("kind", ["npy", "npz", "mat", "csv", "zarr"])
@pytest.mark.parametrize(
    "coding", [lambda x: x.astype(np.uint8), lambda x: 2 * x.astype(np.int64) - 1, lambda x: x.astype(float)]
)
def test_a_planted_array_comes_back_as_spins(tmp_path, kind, coding):
    read = words(files.read(written(tmp_path, kind, coding(PLANTED))), "planted")
    assert read.x.dtype == np.int8
    assert np.array_equal(read.x, np.where(PLANTED, 1, -1)[None])


def test_booleans(tmp_path):
    for kind in ("npy", "npz"):
        assert np.array_equal(words(files.read(written(tmp_path, kind, PLANTED)), "x").x[0] > 0, PLANTED)


def test_csv_with_names_booleans_semicolons_and_blank_lines(tmp_path):
    path = tmp_path / "named.csv"
    path.write_text("a;b;c;d;e\n" + "".join(";".join(map(str, row)) + "\n\n" for row in PLANTED.tolist()))
    assert np.array_equal(words(files.read(path), "named").x[0] > 0, PLANTED)


def test_a_key_is_asked_for_by_name(tmp_path):
    path = tmp_path / "two.npz"
    np.savez(path, left=PLANTED, right=~PLANTED)
    with pytest.raises(LatentfieldError, match="--key name one; it has: left, right"):
        files.read(path)
    assert np.array_equal(files.read(path, "right"), ~PLANTED)
    group = zarr.open_group(tmp_path / "two.zarr", mode="w")
    for name in ("left", "right"):
        group.create_array(name, data=PLANTED)
    with pytest.raises(LatentfieldError, match="it has: left, right"):
        files.read(tmp_path / "two.zarr")


def test_npy_stays_on_disk(tmp_path):
    assert isinstance(files.read(written(tmp_path, "npy", PLANTED)), np.memmap)


def test_matlab_73_says_what_it_needs(tmp_path):
    if importlib.util.find_spec("h5py"):
        pytest.skip("h5py is installed and reads these files")
    path = tmp_path / "new.mat"
    path.write_bytes(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(1000))
    with pytest.raises(LatentfieldError, match=r"version 7\.3, which needs the package h5py"):
        files.read(path)


def empty(folder):
    (folder / "bad.csv").touch()
    return "bad.csv", "is empty"


def ragged(folder):
    (folder / "bad.csv").write_text("1,0,1\n1,0\n" * 40)
    return "bad.csv", "line 2 has 2 columns, those before have 3"


def strings(folder):
    (folder / "bad.csv").write_text("a,b\n" + "1,0\n" * 60 + "yes,no\n")
    return "bad.csv", "line 62, column 1: got 'yes', which is not a number"


def ragged_later(folder):
    (folder / "bad.csv").write_text("a,b\n\n" + "1,0\n\n" * 60 + "1\n")
    return "bad.csv", "line 123 has 1 columns, those before have 2"


def no_samples(folder):
    np.save(folder / "bad.npy", np.zeros((0, 5), np.int8))
    return "bad.npy", "got 0 samples of 5 sites"


def no_archive(folder):
    (folder / "bad.npz").write_text("hello")
    return "bad.npz", "is not a sound .npz file: it is no zip archive"


def nan(folder):
    x = PLANTED.astype(float)
    x[3, 2] = x[7, 1] = np.nan
    np.save(folder / "bad.npy", x)
    return "bad.npy", "2 values are NaN; the first, nan, at [3, 2]"


def floats(folder):
    x = PLANTED.astype(float)
    x[5, 4] = 0.25
    np.save(folder / "bad.npy", x)
    return "bad.npy", "1 values are neither 0 and 1 nor -1 and 1; the first, 0.25, at [5, 4]"


def one_sample(folder):
    np.save(folder / "bad.npy", PLANTED[:1])
    return "bad.npy", "got 1 samples of 5 sites; at least 50 are needed"


def one_site(folder):
    np.save(folder / "bad.npy", PLANTED[:, :1])
    return "bad.npy", "got 1 sites that change; at least 2 are needed"


def wrong_key(folder):
    written(folder, "mat", PLANTED.astype(int)).rename(folder / "bad.mat")
    return "bad.mat", "has no array 'nothing'; it has: spikes"


def truncated(folder):
    written(folder, "zarr", PLANTED).rename(folder / "bad.zarr")
    chunk = next((folder / "bad.zarr" / "c" / "4").iterdir())
    chunk.write_bytes(chunk.read_bytes()[:9])
    return "bad.zarr", "a chunk of rows 0:60 is damaged"


def missing_chunk(folder):
    written(folder, "zarr", PLANTED).rename(folder / "bad.zarr")
    next((folder / "bad.zarr" / "c" / "8").iterdir()).unlink()
    return "bad.zarr", "1 of 9 chunks are missing"


def text_array(folder):
    np.save(folder / "bad.npy", np.full((60, 5), "yes"))
    return "bad.npy", "holds <U3, not numbers"


def pickled(folder):
    np.save(folder / "bad.npy", np.array([[1, None]] * 60), allow_pickle=True)
    return "bad.npy", "is not a sound .npy file"


def ternary(folder):
    np.save(folder / "bad.npy", np.arange(300).reshape(60, 5) % 3 - 1)
    return "bad.npy", "holds -1 and 0 and 1"


def three_axes(folder):
    np.save(folder / "bad.npy", np.zeros((60, 5, 5), np.int8))
    return "bad.npy", "allowed for it: --layout samples,rows,columns or --layout repeats,sites,bins"


BAD = [
    empty, ragged, ragged_later, strings, nan, floats, no_samples, one_sample, one_site, wrong_key, no_archive, truncated,
    missing_chunk, text_array, pickled, ternary, three_axes,
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.__name__)
def test_a_bad_file_is_one_message_and_leaves_nothing(tmp_path, monkeypatch, capsys, bad):
    monkeypatch.chdir(tmp_path)
    name, message = bad(tmp_path)
    before = sorted(tmp_path.iterdir())
    options = ["--key", "nothing"] if bad is wrong_key else []
    monkeypatch.setattr(sys, "argv", ["latentfield", "fit", name, *options])
    with pytest.raises(SystemExit) as end:
        app.app()
    said = capsys.readouterr()
    assert end.value.code == 2
    assert (
        message in said.err
        and "Traceback" not in said.err
        and said.err.startswith("error: ")
        and said.err.count("\n") == 1
    )
    assert said.out == ""
    assert sorted(tmp_path.iterdir()) == before


def test_options_that_do_not_fit_are_one_message(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, "npy", PLANTED)
    for options, message in (
        (["--latents", "two"], "--latents: got 'two'"), (["--latents", "0"], "at least one number above 0"),
        (["--split", "repeats"], "allowed for 1 repeats of 60 bins: random, movie"), (["--decoder", "cnn"], "got 5 sites"),
        (["--name", "ising"], "none of ising"), (["--decoder", "deep"], "decoder: got 'deep'"),
    ):  # fmt: skip
        done = CliRunner().invoke(app.commands, ["fit", str(path), *options])
        assert isinstance(done.exception, LatentfieldError) and message in str(done.exception)
    assert sorted(tmp_path.iterdir()) == [path]


def test_ten_million_samples_are_never_held_as_more_than_bytes(tmp_path):
    """A sparse file of 10^7 x 10 int64, 800 MB: a naive copy as ±1 float64 would be another 800 MB."""
    import resource

    path = tmp_path / "long.npy"
    x = np.lib.format.open_memmap(path, "w+", np.int64, (10**7, 10))
    for site in range(10):
        x[site :: 1000 + site, site] = 1
    del x
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    source = files.read(path)
    read = words(source, "long")
    assert read.x.shape == (1, 10**7, 10) and read.x.nbytes == 10**8
    assert int((read.x[0, :, 0] > 0).sum()) == 10**4
    # The kernel counts pages of the mapped file as memory in use, 0.8 GB of them.
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 - 8e8
    assert grown < 4e8

"""Sample sets: what is written is read back, damage is named, and a store on disk is either the old one or the new one."""

import errno
from pathlib import Path

import numpy as np
import pytest

from latentfield.errors import LatentfieldError
from latentfield.samples import store
from latentfield.samples.store import SampleSet

TEMPERATURES = np.array([0.5, 1.0, 2.0])
GROUPS, SAMPLES, BLOCK = 3, 40, 4


def spins(seed: int = 0) -> np.ndarray:
    """Random spins of three temperatures, ten blocks of four configurations each."""
    return (2 * np.random.default_rng(seed).integers(0, 2, (GROUPS, SAMPLES, 4, 4)) - 1).astype(np.int8)


def directors() -> np.ndarray:
    """Random unit vectors."""
    n = np.random.default_rng(1).standard_normal((GROUPS, SAMPLES, 2, 2, 3))
    return (n / np.linalg.norm(n, axis=-1, keepdims=True)).astype(np.float32)


def write(path: Path, x: np.ndarray, **attributes) -> None:
    energies = np.arange(GROUPS * SAMPLES, dtype=float).reshape(GROUPS, SAMPLES)
    store.write(path, attributes, BLOCK, iter(x), GROUPS, temperatures=TEMPERATURES, energies=energies)


def shard(path: Path, group: int) -> Path:
    """The file with all samples of a group."""
    return path / "samples" / "c" / str(group) / "0" / "0" / "0"


@pytest.fixture
def path(tmp_path) -> Path:
    """A whole sample set of spins."""
    write(tmp_path / "set", spins(), maker="test", seed=3, autocorrelation=[{"energy": {"tau": 0.5}}])
    return tmp_path / "set"


@pytest.mark.parametrize("x", [spins(), directors()], ids=["spins", "directors"])
def test_what_is_written_is_read_back(tmp_path, x):
    write(tmp_path / "set", x)
    data = SampleSet(tmp_path / "set")
    np.testing.assert_array_equal(data["samples"], x)
    assert data["samples"].dtype == x.dtype
    np.testing.assert_array_equal(data.temperatures, TEMPERATURES)
    np.testing.assert_array_equal(data["energies"].ravel(), np.arange(120))
    assert (data.n_samples, data.shape, data.names) == (120, x.shape[2:], ["energies", "samples", "temperatures"])
    assert data.damaged() == []


def test_attributes_are_kept(path):
    assert SampleSet(path).attributes == {"maker": "test", "seed": 3, "autocorrelation": [{"energy": {"tau": 0.5}}]}


def test_whoever_yields_the_groups_may_fill_arrays_and_attributes_on_the_way(tmp_path):
    """Energies and autocorrelation times are only known once the last group is written."""
    energies, attributes = np.empty((GROUPS, SAMPLES)), {"seen": []}

    def groups():
        for g, x in enumerate(spins()):
            energies[g] = g
            attributes["seen"].append(g)
            yield x

    store.write(tmp_path / "set", attributes, BLOCK, groups(), GROUPS, energies=energies)
    data = SampleSet(tmp_path / "set")
    np.testing.assert_array_equal(data["energies"], np.repeat([0, 1, 2], SAMPLES).reshape(GROUPS, SAMPLES))
    assert data.attributes == {"seen": [0, 1, 2]}


def test_every_flipped_byte_is_found_and_its_chunk_named(path):
    """No flip may pass for data: each names the one chunk it hit, or all of the shard where it hit the shard's index."""
    original = shard(path, 1).read_bytes()
    chunks = [f"samples[1, {k}:{k + BLOCK}]" for k in range(0, SAMPLES, BLOCK)]
    named = set()
    for position in range(0, len(original), 37):
        flipped = bytearray(original)
        flipped[position] ^= 0x10
        shard(path, 1).write_bytes(flipped)
        found = SampleSet(path).damaged()
        assert found == chunks or (len(found) == 1 and found[0] in chunks), position
        with pytest.raises(LatentfieldError, match="damaged chunk") as error:
            SampleSet(path)["samples"]
        assert f"damaged chunk {found[0]} " in str(error.value) and str(path) in str(error.value)
        named.update(found if len(found) == 1 else ())
    assert named == set(chunks)


@pytest.mark.parametrize("cut", [1, 100])
def test_a_truncated_shard_is_found(path, cut):
    shard(path, 2).write_bytes(shard(path, 2).read_bytes()[:-cut])
    assert SampleSet(path).damaged()[0] == "samples[2, 0:4]"
    with pytest.raises(LatentfieldError, match=r"damaged chunk samples\[2, 0:4\]"):
        SampleSet(path).split()


def test_a_deleted_shard_is_named_missing(path):
    """Zarr returns the fill value for absent chunks without a word: without the check they would pass for data."""
    shard(path, 0).unlink()
    assert SampleSet(path).damaged() == [f"samples[0, {k}:{k + BLOCK}]" for k in range(0, SAMPLES, BLOCK)]
    with pytest.raises(LatentfieldError, match=r"missing chunk samples\[0, 0:4\]"):
        SampleSet(path)["samples"]


def test_a_deleted_shard_of_directors_is_named_missing(tmp_path):
    write(tmp_path / "set", directors())
    (shard(tmp_path / "set", 1) / "0").unlink()
    with pytest.raises(LatentfieldError, match=r"missing chunk samples\[1, 0:4\]"):
        SampleSet(tmp_path / "set")["samples"]


def test_other_arrays_are_checked_too(path):
    (path / "energies" / "c" / "0" / "0").unlink()
    assert SampleSet(path).damaged() == ["energies[0:3, 0:40]"]
    with pytest.raises(LatentfieldError, match="missing chunk energies"):
        SampleSet(path)["energies"]


@pytest.mark.parametrize("spoil", ["absent", "empty", "garbled", "no samples"])
def test_what_is_not_a_sample_set_is_refused(path, tmp_path, spoil):
    if spoil == "absent":
        path = tmp_path / "nothing"
    elif spoil == "empty":
        path = tmp_path / "bare"
        path.mkdir()
    elif spoil == "garbled":
        (path / "zarr.json").write_text("{")
    else:
        (path / "samples" / "zarr.json").unlink()
    with pytest.raises(LatentfieldError, match=f"{path} is not a sample set"):
        SampleSet(path)


def test_an_unknown_array_is_refused_with_those_there_are(path):
    with pytest.raises(LatentfieldError, match="no array 'patterns'; it has energies, samples, temperatures"):
        SampleSet(path)["patterns"]


@pytest.mark.parametrize(("blocks", "held"), [(2, 1), (10, 1), (19, 1), (20, 2), (35, 3)])
def test_the_last_tenth_of_the_blocks_is_held_out(tmp_path, blocks, held):
    """At least one block, and always whole ones, so that no chain is on both sides."""
    store.write(tmp_path / "set", {}, 5, iter(np.ones((1, 5 * blocks, 2, 2), np.int8)), 1)
    assert SampleSet(tmp_path / "set").held_out == slice(5 * (blocks - held), 5 * blocks)


def test_split_of_a_sampled_system(path):
    """Every temperature gives its first nine blocks to training and its last to validation, with the right temperature."""
    parts, x = SampleSet(path).split(), spins()
    np.testing.assert_array_equal(parts["train"].x, x[:, :36].reshape(-1, 4, 4))
    np.testing.assert_array_equal(parts["train"].temperature, np.repeat(TEMPERATURES, 36))
    assert parts["train"].temperature.dtype == np.float32
    for name in ("validation", "test"):
        np.testing.assert_array_equal(parts[name].x, x[:, 36:].reshape(-1, 4, 4))
        np.testing.assert_array_equal(parts[name].temperature, np.repeat(TEMPERATURES, 4))


@pytest.fixture
def recording(tmp_path) -> tuple[Path, np.ndarray, np.ndarray]:
    """A recording: four repeats of five words with two stored splits; its samples and labels."""
    x = spins()[0, :20].reshape(4, 5, 16)
    labels = np.random.default_rng(2).integers(1, 4, (2, 4, 5)).astype(np.int8)
    store.write(tmp_path / "words", {"splits": ["random", "movie"]}, 5, iter(x), 4, splits=labels)
    return tmp_path / "words", x, labels


@pytest.mark.parametrize(("scheme", "row"), [("random", 0), ("movie", 1)])
def test_split_of_a_recording(recording, scheme, row):
    path, x, labels = recording
    parts = SampleSet(path).split(scheme)
    for label, name in enumerate(("train", "validation", "test"), start=1):
        np.testing.assert_array_equal(parts[name].x, x[labels[row] == label])
        np.testing.assert_array_equal(parts[name].temperature, 1)
    assert sum(len(part.x) for part in parts.values()) == 20


def test_unknown_split_is_refused_with_those_there_are(recording):
    with pytest.raises(LatentfieldError, match="unknown split 'repeats', allowed: random, movie"):
        SampleSet(recording[0]).split("repeats")
    with pytest.raises(LatentfieldError, match="unknown split None"):
        SampleSet(recording[0]).split()


@pytest.mark.parametrize("folder", [Path("file"), Path("file/below")])
def test_an_unwritable_place_is_one_readable_error(tmp_path, folder):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LatentfieldError, match=r"cannot write .*file"):
        write(tmp_path / folder / "set", spins())
    assert [child.name for child in tmp_path.iterdir()] == ["file"]


def test_a_full_disk_is_one_readable_error_and_keeps_the_old_store(path):
    def groups():
        yield spins(1)[0]
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(LatentfieldError, match=r"cannot write .*No space left on device"):
        store.write(path, {}, BLOCK, groups(), GROUPS)
    np.testing.assert_array_equal(SampleSet(path)["samples"], spins())


def test_an_interrupted_write_keeps_the_old_store_and_the_next_one_succeeds(path):
    def groups():
        yield spins(1)[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.write(path, {}, BLOCK, groups(), GROUPS)
    np.testing.assert_array_equal(SampleSet(path)["samples"], spins())
    assert SampleSet(path).attributes["maker"] == "test"
    write(path, spins(1))
    np.testing.assert_array_equal(SampleSet(path)["samples"], spins(1))
    assert [child.name for child in path.parent.iterdir()] == ["set"]


def test_a_smaller_store_leaves_nothing_of_a_larger_one(path):
    store.write(path, {}, BLOCK, iter(spins(1)[:1, :8]), 1)
    data = SampleSet(path)
    assert data.names == ["samples"] and data.attributes == {}
    np.testing.assert_array_equal(data["samples"], spins(1)[:1, :8])


def test_the_digest_is_that_of_the_samples_and_not_of_who_wrote_them(path, tmp_path):
    """The same samples from other code must stay comparable; one other spin must not."""
    write(tmp_path / "same", spins(), maker="someone else", seed=3)
    other = spins()
    other[2, 39, 3, 3] *= -1
    write(tmp_path / "other", other, maker="test")
    digests = {name: SampleSet(tmp_path / name).digest() for name in ("set", "same", "other")}
    assert digests["set"] == digests["same"] != digests["other"]
    assert len(digests["set"]) == 32

"""Drawing a sample set: the same bytes whatever the number of workers and however often it was killed."""

import errno
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from latentfield.errors import LatentfieldError
from latentfield.samples import drawing
from latentfield.samples.drawing import FewEffectiveSamples, sample
from latentfield.samples.store import SampleSet
from latentfield.systems.base import System
from latentfield.systems.curie_weiss import CurieWeiss
from latentfield.systems.hopfield import Hopfield
from latentfield.workspace.provenance import digest

SEED = 5
GRID = {"min": 0.8, "max": 1.6, "count": 3}
CURIE_WEISS = CurieWeiss(size=4, temperatures=GRID, blocks=3, chains=20, effective=10)
HOPFIELD = Hopfield(
    size=4, patterns=2, temperatures=GRID, blocks=4, chains=8, draws=40, burn_in=200, spacing=5, effective=10
)
UNITS = {"curie_weiss": 9, "hopfield": 4}
both = pytest.mark.parametrize("system", [CURIE_WEISS, HOPFIELD], ids=lambda system: system.name)

KILLED = """
import os, signal, sys
from pathlib import Path
from latentfield.samples import drawing
from latentfield.systems.table import SYSTEMS

name, fields, seed, folder, units = sys.argv[1:]
draw = drawing.stream
drawing.code_version = lambda room: {"source": "fixed"}

def stream(seed, name, unit):
    if unit == int(units):
        os.kill(os.getpid(), signal.SIGKILL)
    return draw(seed, name, unit)

drawing.stream = stream
system = SYSTEMS[name].model_validate_json(fields)
drawing.sample(system, int(seed), Path(folder) / "set", Path(folder) / "scratch", workers=1)
"""


def draw(system: System, root: Path, workers: int = 1) -> str:
    """Sample below `root`; fingerprint of all files of the store."""
    sample(system, SEED, root / "set", root / "scratch", workers)
    return digest(root / "set")


@pytest.fixture(scope="module", autouse=True)
def fixed_sources():
    """Sources edited while the tests run would rightly change every store."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "code_version", lambda room: {"source": "fixed"})
        yield


@pytest.fixture(scope="module")
def whole(fixed_sources, tmp_path_factory) -> dict[str, str]:
    """Fingerprints of the stores drawn in one go."""
    return {s.name: draw(s, tmp_path_factory.mktemp(s.name)) for s in (CURIE_WEISS, HOPFIELD)}


@pytest.fixture
def drawn(monkeypatch) -> list[int]:
    """The units of work that are drawn, in order."""
    units: list[int] = []

    def stream(seed: int, name: str, unit: int) -> np.random.Generator:
        units.append(unit)
        return original(seed, name, unit)

    original = drawing.stream
    monkeypatch.setattr(drawing, "stream", stream)
    return units


def unfinished(system: System, root: Path, monkeypatch) -> Path:
    """A sampling that failed in its very last step; its scratch folder, with every unit finished."""
    with monkeypatch.context() as patch:
        patch.setattr(drawing.store, "write", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            draw(system, root)
    (folder,) = (root / "scratch").glob(f"sample-{system.name}-*")
    return folder


@both
def test_the_number_of_workers_does_not_change_a_byte(system, whole, tmp_path):
    assert draw(system, tmp_path, workers=3) == whole[system.name]


@both
def test_the_store_holds_the_blocks_in_order(system, tmp_path):
    """A group that reads another's unit would mix temperatures; energies are recomputed from the samples."""
    draw(system, tmp_path)
    data, values = SampleSet(tmp_path / "set"), system.temperatures.values
    x = data["samples"].reshape(3, system.blocks, system.chains, system.draws, 4, 4)
    for block in range(system.blocks):
        if system.coupled:
            expected = system.sample_block(values, drawing.stream(SEED, system.name, block))
        else:
            streams = [drawing.stream(SEED, system.name, g * system.blocks + block) for g in range(3)]
            expected = np.concatenate([system.sample_block(values[g : g + 1], rng) for g, rng in enumerate(streams)])
        np.testing.assert_array_equal(x[:, block], expected)
    np.testing.assert_array_equal(data["energies"], system.energy(data["samples"]))
    np.testing.assert_array_equal(data.temperatures, values)


@both
@pytest.mark.parametrize("finished", [0, 2])
def test_a_killed_sampling_goes_on_where_it_was(system, finished, whole, drawn, tmp_path):
    """SIGKILL in the middle of a unit: the finished ones are not drawn again, and the bytes are those of a run in one go."""
    arguments = [system.name, system.model_dump_json(), str(SEED), str(tmp_path), str(finished)]
    run = subprocess.run([sys.executable, "-c", KILLED, *arguments], capture_output=True, text=True, check=False)
    assert run.returncode == -signal.SIGKILL, run.stderr
    assert not (tmp_path / "set").exists()
    assert len(list((tmp_path / "scratch").glob("*/unit-*.npz"))) == finished
    assert draw(system, tmp_path) == whole[system.name]
    assert drawn == list(range(finished, UNITS[system.name]))


def test_finished_work_is_said_to_be_found(tmp_path, monkeypatch, capsys):
    (unfinished(CURIE_WEISS, tmp_path, monkeypatch) / "unit-000004.npz").unlink()
    draw(CURIE_WEISS, tmp_path)
    assert "curie_weiss: 8 of 9 units of work found finished" in capsys.readouterr().out


@both
@pytest.mark.parametrize(
    "damage", ["flipped", "compression", "encryption", "truncated", "empty", "partial", "other groups"]
)
def test_a_damaged_unit_is_drawn_again(system, damage, whole, drawn, tmp_path, monkeypatch):
    """Two flips after which the zip reader no longer says BadZipFile: an unknown compression, and "encrypted"."""
    folder = unfinished(system, tmp_path, monkeypatch)
    file = folder / "unit-000002.npz"
    content = bytearray(file.read_bytes())
    if damage == "partial":
        file.rename(file.with_suffix(".partial"))
    elif damage == "other groups":
        with file.open("wb") as handle:
            np.savez(handle, something=np.ones(3))
    else:
        if damage == "flipped":
            content[len(content) // 4] ^= 1
        elif damage == "compression":
            content[content.rindex(b"PK\x01\x02") + 10] ^= 1
        elif damage == "encryption":
            content[content.rindex(b"PK\x01\x02") + 8] ^= 1
        file.write_bytes(content[: {"truncated": len(content) // 2, "empty": 0}.get(damage)])
    drawn.clear()
    assert draw(system, tmp_path) == whole[system.name]
    assert drawn == [2]


def test_another_parameter_or_seed_finds_nothing_finished(tmp_path, monkeypatch, drawn):
    folder = unfinished(CURIE_WEISS, tmp_path, monkeypatch)
    drawn.clear()
    warmer = CURIE_WEISS.model_copy(update={"temperatures": CURIE_WEISS.temperatures.model_copy(update={"max": 1.7})})
    sample(warmer, SEED, tmp_path / "warmer", tmp_path / "scratch", 1)
    sample(CURIE_WEISS, SEED + 1, tmp_path / "seed", tmp_path / "scratch", 1)
    assert drawn == 2 * list(range(9))
    assert folder.exists()
    monkeypatch.setattr(drawing, "code_version", lambda room: {"source": "changed"})
    sample(CURIE_WEISS, SEED, tmp_path / "code", tmp_path / "scratch", 1)
    assert drawn == 3 * list(range(9))


def test_scratch_is_removed_when_the_work_is_done(tmp_path):
    draw(CURIE_WEISS, tmp_path)
    assert not list((tmp_path / "scratch").glob("sample-*"))
    assert sorted(child.name for child in tmp_path.iterdir()) == ["scratch", "set"]


def test_where_it_came_from_is_recorded(tmp_path):
    draw(HOPFIELD, tmp_path)
    data = SampleSet(tmp_path / "set")
    assert data.attributes["system"] == "hopfield" and data.attributes["seed"] == SEED
    assert data.attributes["code"] == {"source": "fixed"}
    assert Hopfield(**data.attributes["parameters"]) == HOPFIELD
    assert data.attributes["sites"] == "spins" and data.attributes["update"] == Hopfield.update
    np.testing.assert_array_equal(data["patterns"], HOPFIELD.xi)
    times = data.attributes["autocorrelation"]
    assert [sorted(time) for time in times] == 3 * [["energy", "max_overlap", "overlap_squared_1", "overlap_squared_2"]]
    slowest = [max(entry["tau"] for entry in time.values()) for time in times]
    np.testing.assert_allclose(data.attributes["effective_samples"], HOPFIELD.samples / (2 * np.array(slowest)))


def test_independent_draws_have_the_least_autocorrelation(tmp_path):
    draw(CURIE_WEISS, tmp_path)
    half = {"tau": 0.5, "resolved": True}
    assert SampleSet(tmp_path / "set").attributes["autocorrelation"] == 3 * [{"energy": half, "abs_m": half}]
    assert SampleSet(tmp_path / "set").attributes["effective_samples"] == 3 * [60]


def test_too_few_effective_samples_are_said_with_the_temperature(tmp_path):
    greedy = CURIE_WEISS.model_copy(update={"effective": 61})
    with pytest.warns(FewEffectiveSamples) as caught:
        draw(greedy, tmp_path)
    texts = [str(warning.message) for warning in caught]
    assert [text.split(":")[0] for text in texts] == [f"curie_weiss at T = {t}" for t in ("0.8", "1.2", "1.6")]
    assert "60 effective samples of 60 (wanted 61)" in texts[0]


def test_unresolved_times_warn_whatever_the_number_of_samples(tmp_path):
    """Two draws a sweep apart cannot show a decay: tau is a lower bound, and the warning says so."""
    short = HOPFIELD.model_copy(update={"draws": 2, "spacing": 1, "effective": 1})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        draw(short, tmp_path)
    assert any("or more, the chains are too short to tell" in str(warning.message) for warning in caught)


def test_a_short_burn_in_warns_with_its_length_in_autocorrelation_times(tmp_path):
    young = HOPFIELD.model_copy(update={"burn_in": 5})
    with pytest.warns(FewEffectiveSamples, match=r"the burn-in is only \d\.\d tau \(wanted 10\)"):
        draw(young, tmp_path)
    attributes = SampleSet(tmp_path / "set").attributes
    taus = [max(time["tau"] for time in row.values()) for row in attributes["autocorrelation"]]
    np.testing.assert_allclose(attributes["burn_in_over_tau"], 1 / np.array(taus))


def test_a_full_disk_is_one_readable_error_and_finished_units_are_kept(tmp_path, monkeypatch, drawn, whole):
    calls = iter(range(100))

    def savez(*arguments, **arrays):
        if next(calls) >= 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return original(*arguments, **arrays)

    original = np.savez
    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", savez)
        with pytest.raises(LatentfieldError, match=r"cannot write .*No space left on device; finished blocks are kept"):
            draw(CURIE_WEISS, tmp_path)
    assert not (tmp_path / "set").exists()
    drawn.clear()
    assert draw(CURIE_WEISS, tmp_path) == whole["curie_weiss"]
    assert drawn == list(range(3, 9))


def test_an_unwritable_scratch_folder_is_one_readable_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LatentfieldError, match="cannot make the scratch folder"):
        sample(CURIE_WEISS, SEED, tmp_path / "set", tmp_path / "file", 1)


def test_a_second_sampling_replaces_the_first(tmp_path, whole):
    sample(CURIE_WEISS, SEED + 1, tmp_path / "set", tmp_path / "scratch", 1)
    assert digest(tmp_path / "set") != whole["curie_weiss"]
    assert draw(CURIE_WEISS, tmp_path) == whole["curie_weiss"]

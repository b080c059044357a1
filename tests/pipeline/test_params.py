"""`params.yaml`: the one in the repository is valid, and every mistake is one line with key, what was got, what is allowed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from latentfield.errors import LatentfieldError
from latentfield.pipeline import params
from latentfield.systems.table import SYSTEMS
from latentfield.vae.architecture import PriorSettings
from tests import ROOT


def content() -> dict[str, Any]:
    """The parameters of the repository as plain data."""
    return params.read(ROOT / "params.yaml")


def put(path: str, value: Any) -> Callable[[dict], None]:
    """An edit that sets the value at a dotted path."""

    def edit(data: dict) -> None:
        *blocks, key = path.split(".")
        for block in blocks:
            data = data[block]
        data[key] = value

    return edit


def drop(path: str) -> Callable[[dict], None]:
    def edit(data: dict) -> None:
        *blocks, key = path.split(".")
        for block in blocks:
            data = data[block]
        del data[key]

    return edit


def complaint(*edits: Callable[[dict], None]) -> str:
    """The message about the repository's parameters after some edits."""
    data = content()
    for edit in edits:
        edit(data)
    with pytest.raises(LatentfieldError) as error:
        params.check(data, Path("params.yaml"))
    return str(error.value)


def test_the_repository_is_valid():
    loaded = params.load(ROOT / "params.yaml")
    assert loaded.sample.hopfield == SYSTEMS["hopfield"](**content()["sample"]["hopfield"])
    assert loaded.entry("retina").split == "random" and loaded.entry("ising").hidden == (16, 32)
    assert loaded.entry("ising").prior == PriorSettings(layers=3, bins=16, bound=5.0, hidden=64)
    assert loaded.training.weight_decay == 0


def test_every_system_has_its_blocks():
    assert set(content()["sample"]) == set(SYSTEMS)
    assert {entry["data"] for entry in content()["train"].values()} == {*SYSTEMS, "retina"}


def test_the_two_priors_of_the_hopfield_network_are_of_one_network():
    """Their runs compare: same data and networks."""
    entries = [params.load(ROOT / "params.yaml").entry(name) for name in ("hopfield", "hopfield_joint")]
    assert [entry.prior.kind for entry in entries] == ["spline", "mixture"]
    other = {key: getattr(entries[1], key) for key in ("prior", "epochs", "learning_rate")}
    assert entries[0].model_copy(update=other) == entries[1]


def test_an_unknown_entry_is_named():
    with pytest.raises(
        LatentfieldError, match="train has no entry 'potts'; it has sherrington_kirkpatrick, curie_weiss"
    ):
        params.load(ROOT / "params.yaml").entry("potts")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (put("sample.ising.burn_inn", 3), "sample.ising.burn_inn: unknown key (got 3); allowed here: temperatures, blocks"),
        (put("smaple", {}), "smaple: unknown key (got {}); allowed here: profile, seed, sample"),
        (put("sample.ising.temperatures.minimum", 1), "sample.ising.temperatures.minimum: unknown key (got 1); "
         "allowed here: min, max, count, spacing"),
        (put("train.ising.prior", {"knots": 4}), "train.ising.prior.knots: unknown key (got 4); "
         "allowed here: kind, layers, bins, bound, hidden"),
        (put("sample.potts", {}), "sample.potts: unknown key (got {}); allowed here: ising, curie_weiss"),
        (put("sample.ising.size", "big"), "sample.ising.size: got 'big'; input should be a valid integer"),
        (put("sample.ising.size", 16.5), "sample.ising.size: got 16.5; input should be a valid integer"),
        (put("sample.ising", 5), "sample.ising: got 5; input should be a valid dictionary"),
        (put("sample.ising.blocks", 1), "sample.ising.blocks: got 1; input should be greater than or equal to 2"),
        (put("sample.hopfield.patterns", 257), "sample.hopfield: patterns must be at most N = size² = 256, got 257"),
        (put("sample.ising.size", 18), "sample.ising.size: got 18, but train.ising uses 'cnn', which needs a multiple "
         "of 4 (16 or 20)"),
        (put("sample.ising.temperatures.min", -1.6), "sample.ising.temperatures.min: got -1.6; input should be greater than 0"),
        (put("sample.ising.temperatures.min", 4.0), "sample.ising.temperatures: max must exceed min, got min 4.0 and max 3.4"),
        (put("sample.ising.temperatures.spacing", "cubic"), "sample.ising.temperatures.spacing: got 'cubic'; "
         "input should be 'linear' or 'log'"),
        (put("train.hopfield.latents", 0), "train.hopfield.latents: got 0; input should be greater than 0"),
        (put("train.hopfield.decay", 0.8), "train.hopfield.decay: unknown"),
        (put("train.hopfield.hidden", [16]), "train.hopfield.hidden.1: missing; it must be given"),
        (put("train.hopfield.encoder", "rnn"), "train.hopfield.encoder: got 'rnn'; input should be 'cnn', 'dense', "
         "'mean_field', 'corrected_mean_field' or 'exact'"),
        (put("train.retina.encoder", "cnn"), "train.retina.encoder: a recording has no lattice for 'cnn'; "
         "allowed: 'dense', 'mean_field', 'corrected_mean_field'"),
        (put("train.hopfield_joint.data", "potts"), "train.hopfield_joint.data: got 'potts'; allowed: ising, curie_weiss, "),
        (put("train.hopfield_joint.layers", 2), "train.hopfield_joint.layers: unknown key (got 2); allowed here: epochs, batch"),
        (put("train.curie_weiss.epochs", 3), "train.curie_weiss.epochs: unknown key (got 3); allowed here: data, latents, encoder"),
        (put("train.curie_weiss.latents", 4), "train.curie_weiss.latents: got 4; input should be less than or equal to 3"),
        (put("train.curie_weiss.data", "maier_saupe"), "train.curie_weiss.encoder: got 'exact', which is for spins; "
         "maier_saupe has directors"),
        (drop("train.curie_weiss.data"), "train.curie_weiss.data: missing; it must be given"),
        (put("train", {}), "train: got {}; dictionary should have at least 1 item"),
        (put("train.retina.split", None), "train.retina.split: missing; allowed: random, repeats, movie"),
        (put("train.retina.split", "odd"), "train.retina.split: got 'odd'; input should be 'random', 'repeats' or 'movie'"),
        (put("train.ising.split", "movie"), "train.ising.split: got 'movie', but only recordings are split by words"),
        (put("training.precision", "half"), "training.precision: got 'half'; input should be 'auto', "),
        (put("seed", -1), "seed: got -1; input should be greater than or equal to 0"),
        (drop("sample.ising.size"), "sample.ising.size: missing; it must be given"),
        (drop("evaluate"), "evaluate: missing; it must be given"),
        (drop("train.retina.data"), "train.retina.data: missing; it must be given"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(edit, message):
    found = complaint(edit)
    assert found.startswith("params.yaml: " + message) and "\n" not in found


def test_a_dense_network_takes_any_size():
    data = content()
    for edit in (
        put("sample.ising.size", 18),
        put("train.ising.encoder", "dense"),
        put("train.ising.decoder", "linear"),
    ):
        edit(data)
    assert params.check(data, Path("params.yaml")).sample.ising.size == 18
    put("train.ising.encoder", "cnn")(data)
    with pytest.raises(LatentfieldError, match=r"sample\.ising\.size: got 18"):
        params.check(data, Path("params.yaml"))


def test_names_that_forms_had_before_are_read():
    data = content()
    for edit in (put("train.hopfield.encoder", "field"), put("train.hopfield.decoder", "dense")):
        edit(data)
    assert params.check(data, Path("params.yaml")) == params.load(ROOT / "params.yaml")


def test_every_mistake_has_a_line():
    lines = complaint(put("seed", "x"), put("train.ising.epochs", 0), drop("sample.hopfield.patterns")).splitlines()
    assert [line.split(":")[1].strip() for line in lines] == ["seed", "sample.hopfield.patterns", "train.ising.epochs"]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(
        LatentfieldError, match=r"no .*params\.yaml here; run this in the root of a latentfield project"
    ):
        params.load(tmp_path / "params.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sample: [1, 2", "is not YAML"),
        ("a: 1\na: 2\n", "is not YAML"),
        ("", "should hold blocks of keys, found NoneType"),
        ("- 1\n- 2\n", "should hold blocks of keys, found list"),
        ("just words", "should hold blocks of keys, found str"),
    ],
)
def test_what_is_no_parameter_file_is_refused(tmp_path, text, message):
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(LatentfieldError, match=message) as error:
        params.load(tmp_path / "params.yaml")
    assert str(tmp_path / "params.yaml") in str(error.value)


def test_a_file_that_is_not_text_is_refused(tmp_path):
    (tmp_path / "params.yaml").write_bytes(b"\xff\xfe\x00sample")
    with pytest.raises(LatentfieldError, match="is not YAML"):
        params.load(tmp_path / "params.yaml")


def test_a_folder_is_refused(tmp_path):
    (tmp_path / "params.yaml").mkdir()
    with pytest.raises(LatentfieldError, match=r"params\.yaml"):
        params.load(tmp_path / "params.yaml")

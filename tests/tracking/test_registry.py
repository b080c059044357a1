import json
import os
import re

import numpy as np
import pytest
import yaml
from safetensors.numpy import load_file, save_file

import latentfield
from latentfield.decoding.theory import Theory
from latentfield.errors import LatentfieldError
from latentfield.records.decoded import LinearHead, NoTheory
from latentfield.tracking.logged_model import signature
from latentfield.tracking.registry import attach, fetch, list_decoders, promote, register, resolve
from latentfield.tracking.server import connect
from latentfield.vae.record import TrainedRecord
from latentfield.vae.schedule import Shared
from tests.vae.build import RECORD, toy

TAGS = {"data_hash": "0" * 32 + ".dir", "git_commit": "abc"}


@pytest.fixture
def connection(tracking_store):
    return connect()


@pytest.fixture
def model(tmp_path):
    """Maker of model folders whose content is a number."""

    def make(content, system="ising"):
        folder = tmp_path / f"{system}-{content}"
        folder.mkdir(exist_ok=True)
        save_file({"w": np.full(3, content, np.float32)}, folder / "weights.safetensors")
        made = toy(shape=(8, 8), latents=2)
        TrainedRecord(**RECORD | {"system": system, "architecture": made, "training": Shared()}).save(folder)
        return folder

    return make


def add(connection, folder, score, system="ising", run_id=None, **tags):
    return register(connection, folder, system, run_id, TAGS | tags, {"val_neg_elbo": score, "val_kl": 1.5})


def test_best_on_the_same_data_is_champion(connection, model):
    got = [add(connection, model(i), score) for i, score in enumerate([10.0, 12.0, 9.0])]
    assert [(v.name, v.version, v.created, v.champion) for v in got] == [
        ("latentfield-ising", "1", True, True),
        ("latentfield-ising", "2", True, False),
        ("latentfield-ising", "3", True, True),
    ]
    assert str(resolve(connection, "ising").version) == "3"
    rows = list_decoders(connection)
    assert [(row.version, row.aliases) for row in rows] == [("3", ("champion",)), ("2", ()), ("1", ())]
    assert rows[0].metrics == {"val_neg_elbo": 9.0, "val_kl": 1.5}
    assert (rows[0].system, rows[0].data_hash, rows[0].recording) == ("ising", TAGS["data_hash"], "")


def test_same_content_is_registered_once(connection, model):
    first = add(connection, model(0), 10.0)
    assert first.created
    again = add(connection, model(0), 10.0)
    assert (again.version, again.created, again.champion) == ("1", False, True)
    assert again.reason == first.reason
    add(connection, model(1), 9.0)
    assert add(connection, model(0), 10.0).reason == "was champion; another version has taken its place"
    assert len(list_decoders(connection)) == 2


def test_other_data_stays_until_promoted_and_the_choice_lasts(connection, model):
    add(connection, model(0), 10.0)
    other = add(connection, model(1), 1.0, data_hash="f" * 32)
    assert not other.champion and "latentfield decoders promote ising@2" in other.reason
    assert promote(connection, "ising@2").champion
    assert str(resolve(connection, "ising@champion").version) == "2"
    assert not add(connection, model(0), 10.0).champion
    promote(connection, "latentfield-ising@1")
    assert not add(connection, model(1), 1.0, data_hash="f" * 32).champion
    assert str(resolve(connection, "ising").version) == "1"


def test_surrogate_gives_way_to_real_data(connection, model):
    assert add(connection, model(0), 10.0, recording="SURROGATE").champion
    assert add(connection, model(1), 99.0, recording="recording", data_hash="f" * 32).champion
    assert not add(connection, model(2), 1.0, recording="SURROGATE").champion
    assert [row.recording for row in list_decoders(connection)] == ["SURROGATE", "recording", "SURROGATE"]


def test_killed_between_version_and_alias(connection, model):
    add(connection, model(0), 10.0)
    connection.client.delete_registered_model_alias("latentfield-ising", "champion")
    connection.client.delete_model_version_tag("latentfield-ising", "1", "verdict")
    again = add(connection, model(0), 10.0)
    assert not again.created and again.champion
    assert str(resolve(connection, "ising").version) == "1"


def test_run_model_and_version_are_linked(connection, model):
    run = connection.client.create_run(connection.experiment_id).info.run_id
    add(connection, model(0), 10.0, run_id=run)
    version = resolve(connection, "ising")
    identity = version.source.removeprefix("models:/")
    assert version.run_id == run and list_decoders(connection)[0].run_id == run
    logged = connection.client.get_logged_model(identity)
    assert logged.source_run_id == run and logged.status == "READY"
    assert {metric.key: metric.value for metric in logged.metrics} == {"val_neg_elbo": 10.0, "val_kl": 1.5}
    assert logged.params["training.weight_decay"] == "0.0" and logged.params["architecture.prior.bins"] == "6"
    assert [out.model_id for out in connection.client.get_run(run).outputs.model_outputs] == [identity]


def test_signature_is_attached_and_nothing_is_pickled(connection, model, tracking_store):
    add(connection, model(0), 10.0)
    files = sorted(file.name for file in (tracking_store / "mlruns" / "artifacts").rglob("*") if file.is_file())
    files = [name for name in files if name != "registered_model_meta"]
    assert files == ["MLmodel", "config.json", "weights.safetensors"]
    (mlmodel,) = (tracking_store / "mlruns" / "artifacts").rglob("MLmodel")
    described = yaml.safe_load(mlmodel.read_text())
    inputs, outputs = (json.loads(described["signature"][side]) for side in ("inputs", "outputs"))
    assert [(i["name"], i["tensor-spec"]) for i in inputs] == [
        ("samples", {"dtype": "int8", "shape": [-1, 8, 8]}),
        ("temperature", {"dtype": "float32", "shape": [-1]}),
    ]
    assert [(o["name"], o["tensor-spec"]["shape"]) for o in outputs] == [("latent", [-1, 2]), ("elbo", [-1])]
    assert list(described["flavors"]) == ["latentfield"]
    assert str(tracking_store) not in mlmodel.read_text()


def test_signature_of_directors():
    described = signature(toy(sites="directors", shape=(4, 4, 3), latents=5))
    assert [(i.name, i.type, i.shape) for i in described.inputs] == [
        ("samples", np.dtype("float32"), (-1, 4, 4, 3)),
        ("temperature", np.dtype("float32"), (-1,)),
    ]
    assert [(o.name, o.shape) for o in described.outputs] == [("latent", (-1, 5)), ("elbo", (-1,))]


def test_fetch_brings_the_same_weights(connection, model, tmp_path):
    add(connection, model(7), 10.0)
    before = dict(os.environ)
    got = fetch(connection, "ising@champion", tmp_path / "deep" / "got")
    assert sorted(os.listdir(got)) == ["config.json", "weights.safetensors"]
    assert load_file(got / "weights.safetensors")["w"].tolist() == [7, 7, 7]
    assert sorted(os.listdir(got.parent)) == ["got"]
    assert dict(os.environ) == before


def test_a_theory_travels_with_its_version_and_the_latest_counts(connection, model, tmp_path):
    first, second = (Theory(LinearHead(reason=str(n)), {"patterns": np.full((n, 3), 1.0)}) for n in (1, 2))
    version = add(connection, model(7), 10.0)
    for theory, folder in ((first, tmp_path / "one"), (second, tmp_path / "two")):
        theory.write(folder)
        assert attach(connection, version, folder)
        assert not attach(connection, version, folder)
    got = latentfield.decoding.theory.read(fetch(connection, "ising", tmp_path / "got"))
    assert got.record == second.record
    np.testing.assert_array_equal(got.arrays["patterns"], second.arrays["patterns"])
    assert resolve(connection, "ising").tags["sha256"] and len(list_decoders(connection)) == 1
    with pytest.raises(LatentfieldError, match=r"no theory.json and no theory\.safetensors"):
        attach(connection, version, tmp_path)


def test_fetch_notices_a_damaged_theory(connection, model, tmp_path, tracking_store):
    version = add(connection, model(0), 10.0)
    Theory(NoTheory(reason="none"), {}).write(tmp_path / "theory")
    attach(connection, version, tmp_path / "theory")
    (file,) = (tracking_store / "mlruns" / "artifacts").rglob("theory.json")
    file.write_text(file.read_text().replace("none", "nine"))
    with pytest.raises(LatentfieldError, match="not those registered"):
        fetch(connection, "ising", tmp_path / "got")


def test_fetch_refuses_to_overwrite(connection, model, tmp_path):
    add(connection, model(0), 10.0)
    full = tmp_path / "full"
    full.mkdir()
    fetch(connection, "ising@1", full)
    with pytest.raises(LatentfieldError, match=re.escape(str(full))):
        fetch(connection, "ising@1", full)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(LatentfieldError, match="not an empty folder"):
        fetch(connection, "ising@1", tmp_path / "file")


def test_fetch_notices_damaged_files(connection, model, tmp_path, tracking_store):
    add(connection, model(0), 10.0)
    (weights,) = (tracking_store / "mlruns" / "artifacts").rglob("weights.safetensors")
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    with pytest.raises(LatentfieldError, match="not those registered"):
        fetch(connection, "ising", tmp_path / "got")
    assert not (tmp_path / "got").exists()


def test_unknown_names_list_what_exists(connection, model):
    with pytest.raises(LatentfieldError, match="none yet"):
        resolve(connection, "hopfield")
    add(connection, model(0), 10.0)
    add(connection, model(0, "hopfield"), 10.0, system="hopfield")
    with pytest.raises(LatentfieldError, match="there are: hopfield, ising"):
        resolve(connection, "retina@champion")
    with pytest.raises(LatentfieldError, match=r"no '9' .*versions: 1; aliases: champion \(version 1\)"):
        resolve(connection, "ising@9")
    with pytest.raises(LatentfieldError, match="no 'best'"):
        promote(connection, "ising@best")


def test_what_registering_needs(connection, model, tmp_path):
    with pytest.raises(LatentfieldError, match=r"no config.json and no weights\.safetensors"):
        register(connection, tmp_path, "ising", None, TAGS, {"val_neg_elbo": 1.0})
    with pytest.raises(LatentfieldError, match="'data_hash'"):
        register(connection, model(0), "ising", None, {}, {"val_neg_elbo": 1.0})
    with pytest.raises(LatentfieldError, match="'val_neg_elbo', got val_elbo"):
        register(connection, model(0), "ising", None, TAGS, {"val_elbo": 1.0})


def test_registered_models_survive_a_move(connection, model, tracking_store, tmp_path):
    add(connection, model(3), 10.0)
    tracking_store.rename(tmp_path / "elsewhere")
    os.chdir(tmp_path / "elsewhere")
    got = fetch(connect(tmp_path / "elsewhere"), "ising", tmp_path / "got")
    assert load_file(got / "weights.safetensors")["w"].tolist() == [3, 3, 3]

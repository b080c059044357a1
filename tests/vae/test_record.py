"""The record beside the weights: what is written is what is read, and what earlier versions wrote is read too."""

import json

import pytest
import torch
from safetensors.torch import save_file

from latentfield.errors import LatentfieldError
from latentfield.vae.files import CONFIG, WEIGHTS
from latentfield.vae.model import load, save
from latentfield.vae.record import TrainedRecord
from latentfield.vae.schedule import Shared
from tests.vae.build import PRIOR, RECORD, random_model, record

X = torch.tensor([[[1, -1], [1, 1]], [[-1, -1], [1, -1]]], dtype=torch.int8)


def old_folder(folder, model):
    """As the first versions wrote it: no name, no kind of prior, other names of forms, and keys that are no longer known."""
    architecture = model.architecture.plain() | {"encoder": "field", "decoder": "dense", "prior": PRIOR}
    content = {key: value for key, value in RECORD.items() if key != "name"} | {
        "architecture": architecture, "training": {"weight_decay": 0.0, "precision": "auto"},
        "settings": {"split": None, "encoder": "field"}, "chosen_by": "hand",
    }  # fmt: skip
    folder.mkdir()
    (folder / CONFIG).write_text(json.dumps(content))
    save_file(model.state_dict(), folder / WEIGHTS)
    return folder


def test_a_model_of_an_earlier_version_is_loaded(tmp_path):
    model = random_model(4, encoder="corrected_mean_field", decoder="corrected_mean_field")
    loaded = load(old_folder(tmp_path / "old", model))
    assert loaded.record.name == loaded.record.system == "ising" and loaded.record.training == Shared()
    assert loaded.record.split is None and loaded.architecture == model.architecture
    assert torch.equal(loaded.encode(X, 1.3).mean, model.encode(X, 1.3).mean)
    draws = [made.sample(9, 1.5, torch.Generator().manual_seed(0)) for made in (model, loaded)]
    assert torch.equal(*draws)


def test_what_is_written_is_read(tmp_path):
    model = random_model(4)
    written = record(model, settings={"split": "random", "latents": 1}, words="f" * 32)
    save(model, tmp_path / "model", written)
    found = load(tmp_path / "model").record
    assert found == written and found.split == "random"
    assert found.origin.plain() == {
        key: RECORD[key] for key in ("name", "system", "profile", "recording", "data", "run")
    }
    content = json.loads((tmp_path / "model" / CONFIG).read_text())
    assert (
        list(content) == sorted(content)
        and "training" not in content
        and "precision_cap" not in content["architecture"]
    )


@pytest.mark.parametrize("missing", ["system", "settings", "seed", "validation", "code", "architecture"])
def test_a_record_that_lacks_something_is_refused_by_name(tmp_path, missing):
    content = record(random_model(4)).plain()
    del content[missing]
    (tmp_path / CONFIG).write_text(json.dumps(content))
    with pytest.raises(LatentfieldError, match=missing):
        TrainedRecord.read(tmp_path / CONFIG)

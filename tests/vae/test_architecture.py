"""Architectures are plain data, and those written by earlier versions are read."""

import json

import pytest
from pydantic import ValidationError

from latentfield.vae.architecture import Architecture, NetworkSettings, PriorSettings
from latentfield.vae.parts.table import DECODERS, ENCODERS, PRIORS
from tests.vae.build import PRIOR, toy

OLD = {
    "sites": "spins", "shape": [8, 8], "latents": 2, "encoder": "field", "decoder": "dense", "hidden": [4, 6], "prior": PRIOR,
    "temperature_centre": 2.75, "temperature_scale": 1.0,
}  # fmt: skip


def test_it_is_plain_data_under_the_keys_that_it_always_had():
    made = toy(shape=(8, 8), temperatures=[1.0, 4.5], latents=2, hidden=(4, 6))
    assert set(made.plain()) == set(OLD) and made.plain()["hidden"] == [4, 6]
    assert Architecture.model_validate(json.loads(json.dumps(made.plain()))) == made
    assert (made.temperature_centre, made.temperature_scale) == (2.75, 1.0)
    assert toy(precision_cap=3.0).plain()["precision_cap"] == 3.0


def test_an_old_one_is_read():
    """Without the kind of its prior, and with the names that two forms had."""
    made = Architecture.model_validate(OLD)
    assert made.encoder == made.decoder == "corrected_mean_field" and made.prior.kind == "spline"
    old = {"encoder": "mean_field", "decoder": "field", "prior": {"kind": "gaussian"}}
    made = Architecture.model_validate(OLD | old)
    assert made.encoder == made.decoder == "mean_field" and made.plain()["prior"] == {"kind": "gaussian"}


@pytest.mark.parametrize(
    ("key", "table"),
    [("encoder", ENCODERS), ("decoder", DECODERS), ("prior", PRIORS), ("sites", ("spins", "directors"))],
)
def test_what_the_tables_hold_is_allowed_and_nothing_else(key, table):
    exact = {"encoder": "exact", "prior": {"kind": "nodes"}}
    for name in table:
        change = exact if name in ("exact", "nodes") else {key: {"kind": name} if key == "prior" else name}
        Architecture.model_validate(OLD | change)
    with pytest.raises(ValidationError, match="'rnn'"):
        Architecture.model_validate(OLD | {key: {"kind": "rnn"} if key == "prior" else "rnn"})


@pytest.mark.parametrize("change", [{"depth": 3}, {"prior": PRIOR | {"knots": 2}}, {"latents": 0}, {"hidden": [4]}])
def test_what_it_does_not_know_is_refused(change):
    with pytest.raises(ValidationError):
        Architecture.model_validate(OLD | change)


def test_a_prior_takes_only_what_its_kind_does():
    assert PriorSettings(layers=1).options == {"layers": 1, "bins": 16, "bound": 5.0, "hidden": 32}
    assert PriorSettings(kind="gaussian").options == {}
    with pytest.raises(ValidationError, match="a gaussian prior takes no bins and no layers"):
        PriorSettings(kind="gaussian", layers=2, bins=8)


def test_networks_are_the_same_wherever_they_are_named():
    """Parameters, studies and architectures share one schema."""
    from latentfield.pipeline.entries import Train
    from latentfield.studies.capacity.instances import Network

    for block in (Train, Network, Architecture):
        assert issubclass(block, NetworkSettings)

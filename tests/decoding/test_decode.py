"""From a VAE and its data to a theory, for the systems whose exact VAE can be written by hand."""

import math

import numpy as np
import pytest
import torch

from latentfield.decoding.decode import decode
from latentfield.records.decoded import NoTheory
from latentfield.samples.store import SampleSet, write
from latentfield.systems.base import stream
from latentfield.systems.hopfield import Hopfield
from latentfield.systems.ising import Ising
from latentfield.vae.model import VAE
from tests.vae.build import architecture

SIDE, P = 8, 2
N = SIDE**2
GRID = {"min": 0.9, "max": 1.5, "count": 4}


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """A small Hopfield network with its sample set."""
    rule = Hopfield(size=SIDE, patterns=P, pattern_seed=3, temperatures=GRID, blocks=4, chains=100, draws=5, burn_in=200,
                    spacing=10)  # fmt: skip
    blocks = [
        rule.sample_block(rule.temperatures.values, stream(1, "hopfield", k)).reshape(4, -1, SIDE, SIDE)
        for k in range(4)
    ]
    path = tmp_path_factory.mktemp("network") / "hopfield.zarr"
    write(path, {}, 500, np.concatenate(blocks, 1), 4, temperatures=rule.temperatures.values, patterns=rule.xi)
    return rule, SampleSet(path)


def exact_vae(rule: Hopfield) -> VAE:
    """The Hubbard-Stratonovich transform: z_mu ~ Normal(m_mu, 1/N) and the field sum_mu xi_i^mu z_mu, logit 2/T of it."""
    prior = {"layers": 1, "bins": 4, "bound": 4.0, "hidden": 4}
    sizes = {"shape": (SIDE, SIDE), "latents": P, "hidden": (4, 4), "temperatures": rule.temperatures.values.tolist()}
    made = architecture(sites="spins", encoder="corrected_mean_field", decoder="linear", prior=prior, **sizes)
    model = VAE(made).eval()
    xi = torch.from_numpy(rule.xi.astype(np.float32))
    with torch.no_grad():
        model.encoder.linear.weight.copy_(xi / N)
        for parameter in model.encoder.scale[-1].parameters():
            parameter.zero_()
        model.encoder.scale[-1].bias[P:] = math.log(1.0 / N)
        model.decoder.linear.weight.copy_(2 * xi.T / model.architecture.temperature_centre)
        model.decoder.linear.bias.zero_()
    return model


def test_an_exact_decoder_gives_every_pattern_and_a_network_that_agrees(network):
    rule, data = network
    theory, _ = decode(exact_vae(rule), data, rule, seed=0)
    assert theory.record.kind == "patterns" and theory.record.found == P
    assert theory.record.scores.exact == 1 and theory.record.scores.coupling_error == 0
    assert min(theory.record.subspace_cos2) == pytest.approx(1)
    overlaps = np.abs(theory.arrays["patterns"].astype(int) @ rule.xi.T.astype(int)) / N
    np.testing.assert_array_equal(np.sort(overlaps.max(1)), [1, 1])
    checked = theory.record.network
    assert abs(checked.excess.value) < 4 * checked.excess.se
    assert checked.divergence.value == pytest.approx(0, abs=1e-9)
    assert len(theory.record.methods) == 6 and theory.record.methods[0].exact == 1


def test_a_decoder_of_one_pattern_finds_one(network):
    """The other column of J is the same again but for noise, and no pattern."""
    rule, data = network
    model = exact_vae(rule)
    with torch.no_grad():
        generator = torch.Generator().manual_seed(0)
        model.decoder.linear.weight[:, 1] = torch.randn(N, generator=generator)
    theory, _ = decode(model, data, rule, seed=0)
    assert theory.record.scores.exact == 0.5
    assert min(theory.record.subspace_cos2) < 0.3


def test_systems_without_a_theory_say_so(network):
    _, data = network
    lattice = Ising(size=8, temperatures=GRID, chains=2, draws=1, burn_in=1, spacing=1)
    theory, tables = decode(exact_vae(network[0]), data, lattice, seed=0)
    assert theory.record == NoTheory(reason="there is no theory to read off a decoder of the Ising model")
    assert theory.arrays == {} and tables == {}

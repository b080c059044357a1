"""The ratio network on laws whose divergence is known: spins against fair ones, directors, a decoder with one site wrong."""

import math

import numpy as np
import pytest
import torch

from latentfield.measures.density_ratio import Draw, Settings
from latentfield.measures.ratio_losses import FORMS, normalise
from latentfield.measures.residual_maps import residuals
from latentfield.measures.scaled_head import Pairs
from latentfield.measures.total_correlation import divergence, status, total_correlation
from latentfield.records.measured import Consistency
from latentfield.statistics.estimate import Estimate
from latentfield.systems.base import stream
from latentfield.systems.curie_weiss import CurieWeiss
from latentfield.systems.ising import Ising
from latentfield.systems.maier_saupe import MaierSaupe
from latentfield.vae.parts.likelihoods import Directors
from tests.measures.simple import independent

torch.set_num_threads(1)


def fair(shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
    return (torch.rand(shape, generator=generator) < 0.5).float() * 2 - 1


def against_fair_spins(x: torch.Tensor, t: torch.Tensor, null: bool = False) -> Draw:
    """Spins x (n, L, L) against independent fair ones, or with `null` those against themselves; conditioned on T."""

    def draw(rows: torch.Tensor, generator: torch.Generator) -> Pairs:
        reference = fair((len(rows), 1, *x.shape[1:]), generator)
        joint = fair(reference.shape, generator) if null else x[rows].unsqueeze(1)
        return Pairs(joint, reference, t[rows].unsqueeze(1))

    return draw


def stacked(x: np.ndarray, temperatures: list[float]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Configurations (g, n, *shape) as rows with their temperatures, and the rows to train (the first 3/5) and to test on."""
    g, n = x.shape[:2]
    rows = torch.arange(g * n).reshape(g, n)
    t = torch.tensor(temperatures).repeat_interleave(n)
    cut = 3 * n // 5
    return torch.from_numpy(x).flatten(0, 1).float(), t, rows[:, :cut].flatten(), rows[:, cut:].flatten()


@pytest.fixture(scope="module")
def curie_weiss():
    temperatures = [1.2, 1.5, 2.0]
    system = CurieWeiss(size=16, temperatures={"min": 1.0, "max": 2.0, "count": 2}, chains=10_000)
    exact = [256 * math.log(2) - system.exact(t)["entropy"] for t in temperatures]
    return exact, stacked(
        system.sample_block(np.array(temperatures), stream(0, "curie_weiss", 0))[:, :, 0], temperatures
    )


@pytest.mark.parametrize("head", ["mlp", "cnn"])
def test_curie_weiss_against_fair_spins(curie_weiss, head):
    exact, (x, t, train, test) = curie_weiss
    assert exact[0] == pytest.approx(1.3944, abs=1e-4) and exact[2] == pytest.approx(0.1506, abs=1e-4)
    found = divergence(against_fair_spins(x, t), t, train, test, Settings(head=head))
    for estimate, truth in zip(found.estimates, exact, strict=True):
        assert abs(estimate.value - truth) < max(0.05, 0.1 * truth)
        assert 0 < estimate.se < 0.06
    assert not any(found.at_least)


def test_only_the_words_head_sees_three_cells_whose_pairs_are_independent():
    """s_1 s_2 s_3 = 1 in nine words of ten, all else fair: KL = ln 2 - h(0.9), and no second moment differs."""
    generator = torch.Generator().manual_seed(4)
    x = fair((40_000, 12), generator)
    x[:, 2] = x[:, 0] * x[:, 1] * torch.where(torch.rand(len(x), generator=generator) < 0.9, 1, -1)
    t, rows = torch.ones(len(x)), torch.arange(len(x))

    def draw(some: torch.Tensor, generator: torch.Generator) -> Pairs:
        return Pairs(x[some].unsqueeze(1), fair((len(some), 1, 12), generator), t[some].unsqueeze(1))

    truth = math.log(2) + 0.9 * math.log(0.9) + 0.1 * math.log(0.1)
    found = {
        head: divergence(draw, t, rows[:30_000], rows[30_000:], Settings(head=head, steps=400))
        for head in ("mlp", None)
    }
    assert abs(found[None].estimates[0].value - truth) < 0.1 * truth
    assert found["mlp"].estimates[0].value < 0.3 * truth


def test_fair_spins_against_themselves(curie_weiss):
    _, (x, t, train, test) = curie_weiss
    null = divergence(against_fair_spins(x, t, null=True), t, train, test)
    assert all(abs(estimate.value) < 0.03 for estimate in null.estimates)


def test_directors_against_uniform_ones():
    """Maier-Saupe above its transition: the divergence is minus the entropy, which counts from uniform directors."""
    temperature, likelihood = 0.3, Directors()
    system = MaierSaupe(
        size=12, temperatures={"min": 0.3, "max": 0.5, "count": 2}, chains=600, draws=10, burn_in=200, spacing=20
    )
    block = system.sample_block(np.array([temperature]), stream(0, "maier_saupe", 0)).reshape(1, -1, 12, 12, 3)
    x, t, train, test = stacked(block, [temperature])

    def draw(rows: torch.Tensor, generator: torch.Generator) -> Pairs:
        uniform = torch.nn.functional.normalize(torch.randn(len(rows), 12, 12, 3, generator=generator), dim=-1)
        return Pairs(likelihood.encode(x[rows]), likelihood.encode(uniform), t[rows].unsqueeze(1))

    (found,) = divergence(draw, t, train, test, draws=system.draws).estimates
    exact = -system.exact(temperature)["entropy"]
    assert exact == pytest.approx(2.31, abs=0.01)
    assert 0.8 * exact < found.value < exact + 3 * found.se


@pytest.mark.parametrize("form", FORMS)
def test_the_minimum_of_every_loss_is_the_ratio(form):
    """Two laws on four states, every state once per unit of probability 1/20."""
    p, q, a = torch.tensor([0.4, 0.3, 0.2, 0.1]), torch.tensor([0.1, 0.2, 0.2, 0.5]), 0.3
    h = torch.zeros(4, requires_grad=True)
    optimizer = torch.optim.LBFGS([h], max_iter=200, tolerance_grad=1e-9, tolerance_change=1e-12)
    shift = math.log((1 - a) / a)

    def closure():
        optimizer.zero_grad()
        g_p, g_q = ((h - shift).repeat_interleave((20 * law).round().long()) for law in (p, q))
        loss = FORMS[form](g_p, g_q, a)
        loss.backward()
        return loss

    optimizer.step(closure)
    np.testing.assert_allclose(h.detach(), (p / q).log(), atol=2e-3)


def test_normalisation_removes_a_constant():
    """p = N(1, 1), q = N(0, 1): ln p/q = x - 1/2."""
    generator = torch.Generator().manual_seed(0)
    q = torch.randn(200_000, generator=generator)
    p = torch.randn(200_000, generator=generator) + 1
    for alpha in (0.5, 0.1):
        assert normalise(p + 1.5, q + 1.5, alpha) == pytest.approx(-2, abs=0.01)


def test_laws_without_overlap_are_called_saturated():
    x, t = torch.ones(2000, 4, 4), torch.ones(2000)
    settings = Settings(steps=300, learning_rate=0.02)
    found = divergence(against_fair_spins(x, t), t, torch.arange(1500), torch.arange(1500, 2000), settings)
    record = found.record()
    assert record.at_least == (True,) and record.extrapolated[0] > record.limit
    assert record.value == record.limit == pytest.approx(math.log(10) + 3)


def test_an_estimate_above_the_audit_is_inconsistent():
    """0.4 above with a joint error of 0.5 may be chance; 2 above is not."""
    found = [Estimate(1.4, 0.3), Estimate(3.0, 0.3), Estimate(0.0, 0.1)]
    gap = [Estimate(1.0, 0.4), Estimate(1.0, 0.4), Estimate(9.0, 0.1)]
    verdicts = ["consistent", "inconsistent", "consistent"]
    assert status(found, gap) == Consistency(status="inconsistent", per_temperature=verdicts)
    assert status(found[:1], gap[:1]).status == "consistent"


def test_one_wrong_site_of_a_decoder():
    """Logit +1 where the data have -1 at site 27: TC = tanh(1/2) nats, seen by the one-point map at that site alone."""
    logits = torch.full((64,), 0.5)
    logits[27] = 1.0
    model = independent((8, 8), logits.tolist())
    generator = torch.Generator().manual_seed(1)
    true = logits.clone()
    true[27] = -1.0
    x = ((torch.rand(9000, 64, generator=generator) < true.sigmoid()).to(torch.int8) * 2 - 1).reshape(-1, 8, 8).numpy()
    t = np.ones(9000)
    found = total_correlation(model, x, t, np.arange(6000), np.arange(6000, len(x)))
    assert found.value.estimates[0].value == pytest.approx(math.tanh(0.5), abs=0.05)
    assert abs(found.null.estimates[0].value) < 0.03
    maps = residuals(x[6000:].reshape(-1, 64), found.value.log_ratio, seed=0)
    assert maps.one.slopes[27] == pytest.approx(-1, abs=0.1)
    assert np.abs(np.delete(maps.one.slopes, 27)).max() < 0.1
    assert maps.one.explained > 0.9 > 0.1 > maps.one.null


def test_the_bonds_of_the_ising_model():
    """Against fair spins the log ratio is the energy: pairs at distance 1, and nothing of single sites."""
    temperature = 4.0
    system = Ising(size=8, temperatures={"min": 3, "max": 4, "count": 2}, chains=400, draws=30, burn_in=20, spacing=4)
    block = system.sample_block(np.array([temperature]), stream(0, "ising", 0)).reshape(1, -1, 8, 8)
    x, t, train, test = stacked(block, [temperature])
    found = divergence(against_fair_spins(x, t), t, train, test, draws=system.draws)
    exact = 64 * math.log(2) - system.exact(temperature)["entropy"]
    assert found.estimates[0].value == pytest.approx(exact, abs=max(0.05, 0.1 * exact))
    maps = residuals(x[test].flatten(1).numpy(), found.log_ratio, seed=0, torus=(8, 8))
    near = maps.two.slopes[[0, 1, 0, 7], [1, 0, 7, 0]]
    rest = np.delete(maps.two.slopes.ravel(), [0, 1, 8, 7, 56])
    assert near.min() > 8 * np.abs(rest).max()
    assert near.mean() == pytest.approx(1 / temperature, rel=0.1)
    assert maps.two.explained > 0.9 and maps.two.null < 0.05
    assert maps.one.explained < 0.1 and np.abs(maps.one.slopes).max() < 0.1

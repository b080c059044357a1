"""Curves of fields: straight ones, a bent one in closed form, coordinates that do not matter, and the figure."""

import numpy as np
import pytest
from scipy.special import expit

from latentfield.decoding.curved import STRETCHES, curve, of_model
from latentfield.marginal.as_vae import as_vae
from latentfield.marginal.decoder import Curved, Linear
from latentfield.marginal.model import Marginal
from latentfield.report.figures.theories import curved_fields

SITES = 12


def bent(latents: int, strength: float, nodes: int = 60) -> Marginal:
    """Random curved decoder; at strength 0 it is straight."""
    rng = np.random.default_rng(0)
    hidden = tuple((rng.normal(0, 1.5, shape), rng.normal(0, 0.3, shape[0])) for shape in ((7, latents), (7, 7)))
    decoder = Curved(
        rng.normal(size=(SITES, latents)), rng.normal(size=SITES), hidden, strength * rng.normal(size=(SITES, 7))
    )
    return Marginal(rng.normal(0, 0.5, nodes), rng.normal(size=(nodes, latents)), decoder)


@pytest.mark.parametrize("latents", [1, 2, 3])
def test_straight_fields_fill_as_many_directions_as_latents(latents):
    found = of_model(bent(latents, 0.0))
    assert found.straight == pytest.approx(1) and found.tangent == pytest.approx(1)
    assert found.spread[latents:] == pytest.approx(0, abs=1e-20)
    assert found.jacobian == pytest.approx(np.broadcast_to(bent(latents, 0.0).decoder.weight, found.jacobian.shape))


def test_the_share_of_a_bent_curve_is_that_of_its_variance():
    """Site 1 follows z, site 2 a tanh of it with the same mean probability 1/2: the ellipse of their second moments by hand."""
    decoder = Curved(
        np.array([[0.3], [0.0]]),
        np.zeros(2),
        ((np.array([[2.0]]), np.zeros(1)), (np.eye(1), np.zeros(1))),
        np.array([[0.0], [0.2]]),
    )
    z = np.linspace(-1, 1, 201)[:, None]
    found = of_model(Marginal(np.zeros(201), z, decoder))
    field = np.hstack([0.3 * z, 0.2 * np.tanh(np.tanh(2 * z))])
    values, vectors = np.linalg.eigh(field.T @ field)
    assert found.spread == pytest.approx(values[::-1] / values.sum())
    assert found.straight == pytest.approx(values[1] / values.sum())
    inner = np.tanh(2 * z[:, 0])
    slope = np.stack([np.full(201, 0.3), 0.2 * 2 * (1 - inner**2) * (1 - np.tanh(inner) ** 2)], 1)
    assert found.tangent == pytest.approx(((slope @ vectors[:, 1]) ** 2 / (slope**2).sum(1)).mean())


def test_coordinates_of_the_latents_do_not_matter():
    model = bent(2, 0.8)
    turn, shift = np.array([[0.4, 1.1], [-0.9, 0.3]]), np.array([0.7, -0.2])
    decoder, back = model.decoder, np.linalg.inv(turn)
    (first, bias), second = decoder.hidden
    other = Curved(
        decoder.weight @ back,
        decoder.bias - decoder.weight @ back @ shift,
        ((first @ back, bias - first @ back @ shift), second),
        decoder.last,
    )
    one, two = of_model(model), of_model(Marginal(model.log_weight, model.node @ turn.T + shift, other))
    for name in ("spread", "straight", "tangent", "probability", "place"):
        assert getattr(two, name) == pytest.approx(getattr(one, name), abs=1e-8), name
    assert two.jacobian @ turn == pytest.approx(one.jacobian, abs=1e-8)
    assert one.straight < 0.95 and one.tangent < 0.95


def test_stretches_hold_as_many_words_each_and_their_mean_is_the_whole():
    model = bent(1, 0.8, nodes=9)
    found = of_model(model)
    pi = np.exp(model.log_weight) / np.exp(model.log_weight).sum()
    assert found.probability.shape == (STRETCHES, SITES)
    assert found.probability.mean(0) == pytest.approx(pi @ expit(model.logit))
    first = model.node[:, 0].argmin()
    assert found.probability[0] == pytest.approx(expit(model.logit[first]))


def test_a_vae_has_the_curve_of_its_fit_and_linear_ones_have_none():
    model = bent(2, 0.8)
    assert curve(as_vae(model, (SITES,))).spread == pytest.approx(of_model(model).spread, rel=1e-4)
    straight = Marginal(model.log_weight, model.node, Linear(model.decoder.weight, model.decoder.bias))
    for call, fit in ((curve, as_vae(straight, (SITES,))), (of_model, straight)):
        with pytest.raises(TypeError):
            call(fit)


def test_the_figure_is_drawn_where_there_is_a_curve(tmp_path):
    files = curved_fields.draw(of_model(bent(2, 0.8)).tables, "words", tmp_path)
    assert [file.name for file in files] == ["curved.png", "curved.svg"]
    assert curved_fields.draw({}, "words", tmp_path / "none") == [] and not (tmp_path / "none").exists()

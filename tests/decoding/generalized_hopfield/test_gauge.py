"""The gauge changes no probability and does not depend on the latents it starts from."""

import numpy as np
import pytest

from latentfield.decoding.generalized_hopfield.gauge import aligned, fixed, of_words
from latentfield.decoding.generalized_hopfield.model import decode
from latentfield.errors import LatentfieldError
from tests.decoding.generalized_hopfield.linear import every_word, linear_model


@pytest.fixture(scope="module")
def theory():
    return decode(linear_model(7, 2, seed=11))


def test_probabilities_stay(theory):
    x = every_word(7)
    changed = fixed(theory)
    np.testing.assert_allclose(changed.log_prob(x), theory.log_prob(x), atol=1e-9)
    np.testing.assert_allclose(changed.energy(x), theory.energy(x), atol=1e-9)
    assert changed.log_z == theory.log_z


def test_latents_are_whitened_and_patterns_orthogonal_ordered_and_signed(theory):
    changed = fixed(theory)
    mean, covariance = changed.tilted.moments(np.zeros(2))
    np.testing.assert_allclose(mean, 0, atol=1e-9)
    np.testing.assert_allclose(covariance, np.eye(2), atol=1e-9)
    gram = changed.patterns @ changed.patterns.T
    assert abs(gram[0, 1]) < 1e-9 * gram[0, 0] and gram[0, 0] > gram[1, 1]
    assert (changed.patterns.sum(1) > 0).all()


def test_other_latents_of_the_same_model_come_to_the_same_gauge(theory):
    other = theory.moved(np.array([[0.3, -1.2], [2.0, 0.4]]), np.array([1.5, -0.7]))
    np.testing.assert_allclose(other.log_prob(every_word(7)), theory.log_prob(every_word(7)), atol=1e-9)
    np.testing.assert_allclose(fixed(other).patterns, fixed(theory).patterns, atol=1e-8)
    np.testing.assert_allclose(fixed(other).field, fixed(theory).field, atol=1e-8)


def test_the_gauge_of_words_needs_the_span_and_the_words_alone(theory):
    """Other latents, and another law with the same span, come to the same patterns; probabilities stay."""
    words = theory.sample(5000, seed=3)
    changed = of_words(theory, words)
    np.testing.assert_allclose(changed.log_prob(every_word(7)), theory.log_prob(every_word(7)), atol=1e-9)
    np.testing.assert_allclose(changed.patterns @ changed.patterns.T, np.eye(2), atol=1e-9)
    covariance = np.cov(changed.overlaps(words).T)
    assert abs(covariance[0, 1]) < 1e-9 and covariance[0, 0] > covariance[1, 1]
    assert (changed.patterns.sum(1) > 0).all()
    other = theory.moved(np.array([[0.3, -1.2], [2.0, 0.4]]), np.array([1.5, -0.7]))
    np.testing.assert_allclose(of_words(other, words).patterns, changed.patterns, atol=1e-8)


def test_a_model_of_another_order_and_sign_is_aligned(theory):
    changed = fixed(theory)
    other = changed.moved(np.array([[0.0, -1.0], [1.0, 0.0]]), np.zeros(2))
    assert not np.allclose(other.patterns, changed.patterns)
    np.testing.assert_allclose(aligned(other, changed).patterns, changed.patterns, atol=1e-12)
    np.testing.assert_allclose(
        aligned(other, changed).log_prob(every_word(7)), theory.log_prob(every_word(7)), atol=1e-9
    )


def test_a_cloud_that_does_not_resolve_the_tilted_density_is_refused():
    theory = decode(linear_model(7, 5, strength=4.0), training=every_word(7), draws=40)
    with pytest.raises(LatentfieldError, match="tilted density of 5 latents rests on"):
        fixed(theory)

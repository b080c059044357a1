"""What the best decoders of few latents reach on the words, with no encoder, no form of the prior and no bound (`marginal`).

Peers of a VAE with as many latents: a linear decoder is of the class of the recording's VAE, and what that is behind is what
training by a bound costs. Certificates say what any other prior could gain on the training words.
"""

from __future__ import annotations

from latentfield.marginal.active import Active
from latentfield.marginal.certificate import certify
from latentfield.marginal.fit import CurvedSettings, LinearSettings, fit_curved, fit_linear
from latentfield.words.ladder import Scored, scored
from latentfield.words.parts import Parts

MOST = 3
"""Latents over which the sum is carried out."""
SHARE = 0.4
"""Of the rounds of a linear decoder, those of a curved one."""


def exact_fits(parts: Parts, latents: int, rounds: int, seed: int) -> dict[str, Scored]:
    """ "linear" and "curved": fits with so many latents, after `rounds` of expectation and maximisation on some of the words.

    The training words are those of both; validation words choose the round of the curved one. None where there are more than three
    latents. Deterministic in `seed`.
    """
    if latents > MOST:
        return {}
    curving = CurvedSettings(rounds=round(SHARE * rounds))
    models = {
        "linear": fit_linear(parts.train, latents, seed, LinearSettings(rounds=rounds)),
        "curved": fit_curved(parts.train, parts.validation, latents, seed, curving),
    }
    words, found = Active.of(parts.train), {}
    for name, model in models.items():
        entry = scored(model.log_likelihood(parts.test), parts.unit, latents=latents)
        gain = certify(model, words).gain
        found[name] = entry._replace(step=entry.step.model_copy(update={"gain": gain}))
    return found

"""Newton's steps of a linear decoder l = b + W z, and of the nodes z, on what an expectation found.

    Q = sum_gi (A_gi l_gi - n_g softplus(l_gi)) - RIDGE/2 (|b - b_0|^2 + |W|^2) - LEASH/2 |z|^2

For fixed nodes Q falls apart into one logistic regression for each site, on the nodes as rows; for a fixed decoder into one for
each node, on the sites as rows. Steps that do not raise Q are halved, site by site or node by node, so that a round never loses.
The small quadratic term keeps sites that never change, and nodes that no word needs, from going to infinity.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from latentfield.arrays import FloatArray
from latentfield.marginal.decoder import Linear
from latentfield.marginal.expectation import Expected

RIDGE, LEASH = 1e-2, 1e-4
"""In nats of all words together."""
HALVINGS = 6


def improve_decoder(found: Expected, node: FloatArray, decoder: Linear, bias: FloatArray, steps: int = 2) -> Linear:
    """The decoder after some Newton steps; `bias` (sites,) is b_0, to which the ridge pulls."""
    rows = np.column_stack([np.ones(len(node)), node])
    centre = Linear(np.zeros_like(decoder.weight), bias).coefficients
    return Linear.of(
        newton(found.active.T, found.weight[None, :], rows, decoder.coefficients, 0.0, centre, RIDGE, steps)
    )


def improve_nodes(found: Expected, node: FloatArray, decoder: Linear, steps: int = 1) -> FloatArray:
    """Nodes (nodes, latents) after some Newton steps."""
    centre = np.zeros_like(node)
    return newton(found.active, found.weight[:, None], decoder.weight, node, decoder.bias, centre, LEASH, steps)


def newton(
    active: FloatArray,
    count: FloatArray,
    rows: FloatArray,
    x: FloatArray,
    offset: FloatArray | float,
    centre: FloatArray,
    ridge: float,
    steps: int,
) -> FloatArray:
    """Maximise for each k sum_m (A_km l_km - n_km softplus(l_km)) - ridge/2 |x_k - centre_k|^2, l_km = offset_m + rows_m . x_k.

    A (problems, rows) and n, one of whose axes may have length 1; x (problems, unknowns).
    """
    size = rows.shape[1]
    squares = (rows[:, :, None] * rows[:, None, :]).reshape(len(rows), -1)

    def value(x: FloatArray) -> FloatArray:
        logit = offset + x @ rows.T
        cost = (active * logit - count * np.logaddexp(0, logit)).sum(1)
        return cost - ridge / 2 * ((x - centre) ** 2).sum(1)

    now = value(x)
    for _ in range(steps):
        p = expit(offset + x @ rows.T)
        gradient = (active - count * p) @ rows - ridge * (x - centre)
        curvature = (count * p * (1 - p)) @ squares
        hessian = curvature.reshape(-1, size, size) + ridge * np.eye(size)
        step = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
        for _ in range(HALVINGS):
            tried = value(x + step)
            worse = ~(tried >= now)
            if not worse.any():
                break
            step[worse] /= 2
        step[worse] = 0
        x = x + step
        now = np.where(worse, now, tried)
    return x

"""Newton's steps of a linear decoder l = b + W z, and of the nodes z, on what an expectation found.

    Q = sum_gi (A_gi l_gi - n_g softplus(l_gi)) - RIDGE/2 (|b - b_0|^2 + |W|^2) - LEASH/2 |z|^2

For fixed nodes Q falls apart into one logistic regression for each site, on the nodes as rows; for a fixed decoder into one for
each node, on the sites as rows. At several temperatures, where the logits are beta_T l, rows are (T, node) and (T, site), beta_T
times as long. Steps that do not raise Q are halved, site by site or node by node, so that a round never loses.
The small quadratic term keeps sites that never change, and nodes that no word needs, from going to infinity.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from latentfield.arrays import FloatArray
from latentfield.marginal.decoder import Linear
from latentfield.marginal.expectation import Expected

RIDGE, LEASH = 1e-2, 1e-4
"""In nats of all words together."""
HALVINGS = 6
ONE = np.ones(1)
"""beta where there is one temperature."""


def improve_decoder(
    found: Sequence[Expected],
    node: FloatArray,
    decoder: Linear,
    centre: FloatArray,
    beta: FloatArray = ONE,
    *,
    bias: bool = True,
    steps: int = 2,
) -> Linear:
    """The decoder after some Newton steps; `centre` (sites,) is b_0, to which the ridge pulls. Without `bias` b stays as it is."""
    columns = np.column_stack([np.ones(len(node)), node]) if bias else node
    rows = (beta[:, None, None] * columns).reshape(-1, columns.shape[1])
    active = np.concatenate([one.active for one in found]).T
    count = np.concatenate([one.weight for one in found])[None, :]
    unknown = slice(None) if bias else slice(1, None)
    pull = Linear(np.zeros_like(decoder.weight), centre).coefficients[:, unknown]
    solved = _newton(active, count, rows, decoder.coefficients[:, unknown], 0.0, pull, RIDGE, steps)
    return Linear.of(solved) if bias else decoder._replace(weight=solved)


def improve_nodes(
    found: Sequence[Expected], node: FloatArray, decoder: Linear, beta: FloatArray = ONE, steps: int = 1
) -> FloatArray:
    """Nodes (nodes, latents) after some Newton steps."""
    rows = (beta[:, None, None] * decoder.weight).reshape(-1, node.shape[1])
    offset = (beta[:, None] * decoder.bias).ravel()
    active = np.concatenate([one.active for one in found], 1)
    count = np.repeat(np.stack([one.weight for one in found], 1), len(decoder.bias), 1)
    return _newton(active, count, rows, node, offset, np.zeros_like(node), LEASH, steps)


def _newton(
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

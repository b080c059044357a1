"""Exact Maier-Saupe thermodynamics at finite N, and the mean-field limit N to infinity.

With Q the Hubbard-Stratonovich field, r its Frobenius norm and B(M) = ∫ exp(n^T M n) dn / 4 pi,

    Z = (k / 2 pi)^(5/2) ∫ d^5 Q exp(-k r^2 / 2) B(3 beta Q / 2)^N,    k = 3 beta N / 2.

Nothing but the eigenvalues of Q counts: l_j = r sqrt(2/3) cos(theta + 2 pi j / 3), 0 <= theta <= pi/3, and the volume
of the matrices with given eigenvalues, the product of |l_i - l_j|, is proportional to r^3 sin(3 theta):

    Z = sqrt(2 / pi) k^(5/2) / 3  ∫_0^∞ dr r^4 exp(-k r^2 / 2)  ∫_0^(pi/3) dtheta (3/2) sin(3 theta) B^N.

In the variable p = 3 beta r / 2 only the Gaussian and the prefactor depend on beta, whence
E = 5 / (2 beta) - (3/4) N <r^2>.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import i0e, logsumexp

from latentfield.arrays import FloatArray

NODES_PER_WIDTH = 3.0
REACH = 9.0
SHAPE_NODES = 96
SPHERE_NODES = 64


def _legendre(count: int, low: float, high: float) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre nodes and weights on [low, high]."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return low + (nodes + 1) * (high - low) / 2, weights * (high - low) / 2


def log_bingham(eigenvalues: NDArray) -> FloatArray:
    """ln of the mean of exp(n^T M n) over the unit sphere, for eigenvalues of M (..., 3) in decreasing order; shape
    (...).

    Around the axis of the largest eigenvalue the longitude gives a Bessel function I_0, and the height z a
    quadrature.
    """
    z, weights = _legendre(SPHERE_NODES, 0.0, 1.0)
    top, middle, low = (eigenvalues[..., k, None] for k in range(3))
    equator = 1 - z**2
    values = np.exp(-equator * (top - middle)) * i0e(equator * (middle - low) / 2)
    return eigenvalues[..., 0] + np.log(values @ weights)


def field_integral(n_sites: int, beta: float) -> dict[str, float]:
    """log_z, energy (mean total), entropy, and field_s = <(3/2) largest eigenvalue of Q>, at finite N."""
    k = 1.5 * beta * n_sites
    top = np.sqrt(2 / 3) + REACH / np.sqrt(k)
    r, r_weights = _legendre(int(np.ceil(NODES_PER_WIDTH * top * np.sqrt(k))), 0.0, top)
    theta, theta_weights = _legendre(SHAPE_NODES, 0.0, np.pi / 3)
    angles = theta[:, None] + 2 * np.pi / 3 * np.array([0, 2, 1])
    eigenvalues = np.sqrt(2 / 3) * r[:, None, None] * np.cos(angles)
    log_mass = n_sites * log_bingham(1.5 * beta * eigenvalues) + (4 * np.log(r) - k * r**2 / 2)[:, None]
    log_mass += np.log(np.outer(r_weights, 1.5 * np.sin(3 * theta) * theta_weights))
    log_sum = logsumexp(log_mass)
    mass = np.exp(log_mass - log_sum)
    log_z = float(log_sum + 2.5 * np.log(k) + np.log(np.sqrt(2 / np.pi) / 3))
    energy = float(2.5 / beta - 0.75 * n_sites * np.sum(mass * r[:, None] ** 2))
    field_s = float(1.5 * np.sum(mass * eigenvalues[..., 0]))
    return {"log_z": log_z, "energy": energy, "entropy": log_z + beta * energy, "field_s": field_s}


def _uniaxial(x: float) -> tuple[float, float]:
    """ln Z_1 and <P_2(z)> of one director under the weight exp(x P_2(z)), 0 <= z <= 1."""
    z, weights = _legendre(SPHERE_NODES, 0.0, 1.0)
    p2 = 1.5 * z**2 - 0.5
    mass = weights * np.exp(x * (p2 - 1))
    return float(x + np.log(mass.sum())), float(mass @ p2 / mass.sum())


def _nematic_transition() -> tuple[float, float]:
    """x = S/T and S where the ordered state's free energy, S^2/2 - T ln Z_1(S/T), equals that of the disordered one."""

    def excess(x: float) -> float:
        log_z, s = _uniaxial(x)
        return x * s / 2 - log_z

    x = brentq(excess, 1.0, 4.0, xtol=1e-14)
    return x, _uniaxial(x)[1]


def transition_temperature() -> float:
    """T_NI = 0.22019 of the mean-field limit, in units of J."""
    x, s = _nematic_transition()
    return s / x


def mean_field_s(temperature: float) -> float:
    """S of the stable state in the limit N to infinity: solves S = <P_2> under exp(S P_2 / T); 0 above T_NI."""
    x, s = _nematic_transition()
    if temperature > s / x:
        return 0.0
    return temperature * brentq(lambda y: _uniaxial(y)[1] - temperature * y, x, 1.01 / temperature, xtol=1e-13)


def spinodals() -> tuple[float, float]:
    """Temperatures, in units of J, between which both states are at least metastable in the limit N to infinity.

    Below the first, J/5, the disordered state is unstable, since <P_2> = x / 5 + O(x^2); above the second no ordered state solves
    S = <P_2> under exp(x P_2), x = S/T, because T = <P_2> / x has its maximum there.
    """
    top = minimize_scalar(lambda x: -_uniaxial(x)[1] / x, bounds=(0.5, 4.0), method="bounded", options={"xatol": 1e-9})
    return 0.2, float(-top.fun)

"""An upper bound on every cut of a mean-field model: what its Hubbard-Stratonovich field knows about the sites.

Given the field m all sites are independent, so A - m - B is a Markov chain for any cut, and by data processing

    I(A; B) <= I(x; m) = h(m) - h(noise),

the information that x sends through a Gaussian channel: m is p linear coordinates of x (1 in Curie-Weiss, P overlaps, 5 of a
nematic tensor) plus noise of precision k. A Gaussian m of the same variances has the largest entropy, whence

    I(x; m) <= (1/2) sum over coordinates of ln(1 + signal),    signal = k <coordinate^2>,

and since the mean energy is E = -(T/2) sum of the signals, at most (p/2) ln(1 - 2 E / (T p)), which is (p/2) ln N + O(1)
where the system is ordered. The exact I(x; m) grows more slowly: by (1/4) ln N at the Curie-Weiss transition, and not at all
below it, where only the sign of m is left to know.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from latentfield.information.field_lattice import field_lattice
from latentfield.information.hopfield_blocks import site_kinds
from latentfield.systems.maier_saupe_integral import field_integral, log_bingham

NODES_PER_WIDTH = 4.0
"""Gauss-Legendre nodes for each width 1 / sqrt(k) of the Gaussian factor, in |Q|."""
REACH = 9.0
"""Widths beyond the largest possible |Q| of perfectly aligned directors, sqrt(2/3), to which the integral is taken."""
SHAPE_NODES = 128
"""Nodes in the angle that tells the shape of Q, from prolate (0) to oblate (pi/3)."""


def gaussian_bound(signals: Sequence[float]) -> float:
    """(1/2) sum ln(1 + signal) in nats, for the mean squares of the field's coordinates in units of its noise variance.

    The coordinates are those without noise: P squared overlaps times N/T, for a Hopfield network. They may come from samples, as no
    ln Z is needed; the bound then has their error. It holds for every cut of the sites.
    """
    return float(np.log1p(np.asarray(signals, float)).sum() / 2)


def spin_field_information(xi: NDArray, temperature: float) -> float:
    """I(s; m) in nats for patterns xi ±1 (P, N), at T in units of J; a single pattern of ones is the Curie-Weiss model.

    Exact. Raises LatentfieldError where the lattice of fields has too many points: that goes with (N/T)^(P/2).
    """
    kinds, member = site_kinds(xi)
    return field_lattice(kinds, np.bincount(member), 1 / temperature).information


def nematic_field_information(n_sites: int, temperature: float) -> float:
    """I(x; Q) in nats for N directors of the Maier-Saupe model.

    With B(Q) the mean of exp((3/2T) n^T Q n) over the sphere, it is ln Z - E/T - N <ln B(Q)>, an integral over the
    eigenvalues of Q, as in `maier_saupe_integral`. The five coordinates of Q make it grow as (5/2) ln N at most. Quadrature, no
    samples; nodes go with sqrt(N/T).
    """
    exact, k = field_integral(n_sites, 1 / temperature), 1.5 * n_sites / temperature
    top = np.sqrt(2 / 3) + REACH / np.sqrt(k)
    node, weight = np.polynomial.legendre.leggauss(int(np.ceil(NODES_PER_WIDTH * top * np.sqrt(k))))
    r, r_weight = (node + 1) * top / 2, weight
    node, weight = np.polynomial.legendre.leggauss(SHAPE_NODES)
    theta, theta_weight = (node + 1) * np.pi / 6, weight
    angles = theta[:, None] + 2 * np.pi / 3 * np.array([0, 2, 1])
    log_b = log_bingham(1.5 / temperature * np.sqrt(2 / 3) * r[:, None, None] * np.cos(angles))
    log_mass = n_sites * log_b + np.log(np.outer(r**4 * r_weight, np.sin(3 * theta) * theta_weight))
    log_mass -= (k * r**2 / 2)[:, None]
    mass = np.exp(log_mass - log_mass.max())
    mean_log = float((mass * log_b).sum() / mass.sum())
    return exact["log_z"] - exact["energy"] / temperature - n_sites * mean_log

"""Responsibilities of nodes for words, and what a maximisation needs of them, compiled; no array of words by nodes is kept.

    u_n = base + sum over the unusual sites i of word n of t_i,    ln p(x_n) = ln sum_g exp u_ng,    r_ng = exp(u_ng - ln p(x_n))

with base_g the logarithm of pi_g and of the usual states under node g, and t_ig = l_gi, or -l_gi where +1 is usual. Single
precision, totals over blocks of words in double.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from latentfield.arrays import FloatArray
from latentfield.marginal.active import Active
from latentfield.systems.kernels.random_lanes import exp32
from latentfield.systems.kernels.sums import LANES, add, copy, lane_max, lane_sum

BLOCK = 1024
"""Words whose responsibilities are added up in single precision."""
NEVER = np.float32(-80.0)
"""A logarithm of a share of a word that counts as none; exp32 goes no further."""


class Expected(NamedTuple):
    """What an expectation finds, from words (n,) and nodes (nodes,)."""

    log_p: FloatArray
    """ln p of each word, (n,), float64 but of single precision: to 1e-6 or so of the logarithm itself."""
    weight: FloatArray
    """n_g, expected number of words of each node, (nodes,)."""
    active: FloatArray
    """A_gi, expected number of words of a node in which a site is +1, (nodes, sites)."""


def expect(words: Active, log_weight: FloatArray, logit: FloatArray) -> Expected:
    """One expectation, from ln pi (nodes,) and logits of all sites at the nodes (nodes, sites)."""
    base, table = _tables(words, log_weight, logit)
    log_p, weight = np.empty(len(words)), np.zeros(len(base))
    unusual = np.zeros((table.shape[0], table.shape[1]))
    _expect(words.site, words.start, base, table, False, log_p, weight, unusual)
    return Expected(log_p, weight, _active(words, weight, unusual))


def weigh(words: Active, log_p: FloatArray, logit: FloatArray) -> Expected:
    """The same with p(x_n|z) / p(x_n) at each of some z in place of responsibilities, by ln p(x_n) (n,) and the logits there."""
    base, table = _tables(words, np.zeros(len(logit)), logit)
    weight, unusual = np.zeros(len(base)), np.zeros((table.shape[0], table.shape[1]))
    _expect(words.site, words.start, base, table, True, log_p, weight, unusual)
    return Expected(log_p, weight, _active(words, weight, unusual))


def mean_ratio(words: Active, log_p: FloatArray, logit: FloatArray) -> FloatArray:
    """Mean over words of p(x_n|z) / p(x_n) at each of some z, by the logits there (z, sites) and ln p(x_n) (n,); (z,)."""
    base, table = _tables(words, np.zeros(len(logit)), logit)
    found = np.zeros(len(base))
    _mean_ratio(words.site, words.start, base, table, log_p.astype(np.float32), found)
    return found / len(words)


def ratios(words: Active, log_p: FloatArray, logit: FloatArray) -> NDArray[np.float32]:
    """p(x_n|z) / p(x_n) of each word at each of some z, (n, z), by ln p(x_n) (n,) and the logits there (z, sites)."""
    base, table = _tables(words, np.zeros(len(logit)), logit)
    found = np.empty((len(words), len(base)), np.float32)
    _fill_ratios(words.site, words.start, base, table, log_p.astype(np.float32), found)
    return found


def _active(words: Active, weight: FloatArray, unusual: FloatArray) -> FloatArray:
    return np.where(words.usual[:, None], weight - unusual, unusual).T


def _tables(
    words: Active, log_weight: FloatArray, logit: FloatArray
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """base (nodes,) and t (sites, nodes)."""
    towards = np.where(words.usual, logit, -logit)
    base = log_weight - np.logaddexp(0, -towards).sum(1)
    return base.astype(np.float32), np.ascontiguousarray(-towards.T, np.float32)


@njit(nogil=True, cache=True)
def _expect(site, start, base, table, known, log_p, weight, unusual):
    """Add up `weight` (nodes,) and `unusual` (sites, nodes), and fill `log_p` (n,) unless it is known."""
    nodes = len(base)
    u, some, few = np.empty(nodes, np.float32), np.zeros(nodes, np.float32), np.zeros(table.shape, np.float32)
    touched, lanes = np.zeros(len(table), np.bool_), np.empty(LANES, np.float32)
    for n in range(len(log_p)):
        _join(site, start, n, base, table, u)
        if known:
            _ratios(u, np.float32(log_p[n]))
        else:
            log_p[n] = _shares(u, lanes)
        add(u, some)
        for k in range(start[n], start[n + 1]):
            touched[site[k]] = True
            add(u, few[site[k]])
        if n % BLOCK == BLOCK - 1 or n == len(log_p) - 1:
            weight += some
            some[:] = 0
            for i in range(len(table)):
                if touched[i]:
                    add(few[i], unusual[i])
                    few[i] = 0
                    touched[i] = False


@njit(nogil=True, cache=True)
def _mean_ratio(site, start, base, table, log_p, found):
    """Add up `found` (z,), the ratios of all words."""
    u, some = np.empty(len(base), np.float32), np.zeros(len(base), np.float32)
    for n in range(len(log_p)):
        _join(site, start, n, base, table, u)
        _ratios(u, log_p[n])
        add(u, some)
        if n % BLOCK == BLOCK - 1 or n == len(log_p) - 1:
            found += some
            some[:] = 0


@njit(nogil=True, cache=True)
def _fill_ratios(site, start, base, table, log_p, found):
    for n in range(len(log_p)):
        _join(site, start, n, base, table, found[n])
        _ratios(found[n], log_p[n])


@njit(nogil=True, cache=True)
def _join(site, start, n, base, table, u):
    """Fill u (nodes,) with the logarithms of one word."""
    copy(base, u)
    for k in range(start[n], start[n + 1]):
        add(table[site[k]], u)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nnan", "nsz"})
def _shares(u, lanes):
    """Turn logarithms into shares that add up to 1; the logarithm of the sum."""
    top = lane_max(u, lanes)
    for g in range(len(u)):
        u[g] = exp32(max(u[g] - top, NEVER))
    total = lane_sum(u, lanes)
    scale = np.float32(1) / total
    for g in range(len(u)):
        u[g] *= scale
    return np.float64(top) + np.log(np.float64(total))


@njit(nogil=True, cache=True, fastmath={"contract"})
def _ratios(u, log_p):
    """Turn logarithms into ratios to a probability; beyond exp(80) they are cut off."""
    for g in range(len(u)):
        u[g] = exp32(min(max(u[g] - log_p, NEVER), -NEVER))

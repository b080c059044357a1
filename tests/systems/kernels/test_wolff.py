"""Wolff kernel: its generator, its bond probability to the last bit, and its clusters in known configurations."""

import math

import numpy as np
import pytest

from latentfield.systems.kernels.wolff import bond_threshold, flip_clusters, sample_chain

NEVER, ALWAYS = np.uint64(0), np.uint64(2**64 - 1)


def flip(spins: np.ndarray, threshold: np.uint64, clusters: int, seed: int = 1) -> int:
    """Flip clusters in place with a generator of the given seed."""
    words = np.random.default_rng(seed).integers(2**64, size=2, dtype=np.uint64)
    return flip_clusters(spins, np.empty(spins.size + 1, np.uint32), words, threshold, clusters)


def xoroshiro(a: int, b: int) -> tuple[int, int, int]:
    """One step of the reference implementation (https://prng.di.unimi.it/xoroshiro128plusplus.c): word, next state."""
    mask = 2**64 - 1

    def rotate(word: int, bits: int) -> int:
        return (word << bits | word >> (64 - bits)) & mask

    word = (rotate((a + b) & mask, 17) + a) & mask
    b ^= a
    return word, (rotate(a, 49) ^ b ^ b << 21) & mask, rotate(b, 28)


def test_generator_is_the_reference_one():
    words, draws = np.array([1, 2], np.uint64), 100
    chain = np.empty((draws, 2, 2), np.int8)
    sample_chain(chain, words, NEVER, 0, 0)
    a, b = 1, 2
    for signed in chain[:, 0, 0]:
        word, a, b = xoroshiro(a, b)
        assert signed == (1 if word >> 63 else -1)
    assert (a, b) == (int(words[0]), int(words[1]))


@pytest.mark.parametrize("temperature", [0.3, 1.5, 2.269, 10.0])
def test_bond_threshold_is_the_bond_probability(temperature):
    assert bond_threshold(temperature) / 2**64 == pytest.approx(1 - math.exp(-2 / temperature), rel=1e-15)


@pytest.mark.parametrize("size", [2, 3, 16, 17])
def test_closed_bonds_flip_single_sites_and_open_ones_whole_domains(size):
    spins = np.ones((size, size), np.int8)
    assert flip(spins, NEVER, 1) == 1 and spins.sum() == size**2 - 2
    stripes = np.repeat([[1], [-1]], [size - size // 2, size // 2], axis=0) * np.ones(size, int)
    spins = stripes.astype(np.int8)
    assert flip(spins, ALWAYS, 1) in (size * (size // 2), size * (size - size // 2))
    assert abs(spins.sum()) == size**2


@pytest.mark.parametrize("size", [16, 15])
def test_pairs_are_neighbours_on_the_torus_along_either_axis_equally_often(size):
    along_rows, pairs = 0, 0
    for seed in range(4_000):
        spins = np.ones((size, size), np.int8)
        if flip(spins, np.uint64(int(0.05 * 2**64)), 1, seed) == 2:
            steps = sorted(min((a - b) % size, (b - a) % size) for a, b in np.transpose(np.nonzero(spins < 0)).T)
            assert steps == [0, 1]
            along_rows += bool((spins < 0).any(axis=1).sum() == 1)
            pairs += 1
    assert pairs > 500
    assert abs(2 * along_rows - pairs) < 4 * math.sqrt(pairs)


def test_bond_probability_has_more_than_sixteen_bits():
    """p = 1.5 / 2^16 in nearly ordered lattices: cut to 16 bits it would be 20 standard errors lower."""
    size, clusters, rounds, p = 256, 2_000, 20_000, 1.5 / 2**16
    queue, words = np.empty(size**2 + 1, np.uint32), np.array([3, 5], np.uint64)
    joined = 0
    for _ in range(rounds):
        spins = np.ones((size, size), np.int8)
        joined += flip_clusters(spins, queue, words, np.uint64(int(p * 2**64)), clusters) - clusters
    already_flipped = clusters / size**2 / 2
    expected = 4 * p * clusters * rounds * (1 - 2 * already_flipped)
    assert abs(joined - expected) < 4 * math.sqrt(expected)

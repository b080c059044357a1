"""A textbook Wolff chain with one planted bug, to take the place of `latentfield.systems.kernels.wolff.sample_chain`."""

import numpy as np
from numba import njit

BUGS = ["missing neighbour", "open edge", "stops after N flips", "hot start"]


def chain_with(bug: str | None):
    """`sample_chain` with the given bug, or without any."""

    def sample_chain(chain, words, threshold, burn_in, spacing):
        p = float(threshold) / 2.0**64
        _textbook(chain, int(words[0] % 2**32), p, burn_in, spacing, BUGS.index(bug) if bug else -1)

    return sample_chain


@njit(cache=True)
def _textbook(chain, seed, p, burn_in, spacing, bug):
    np.random.seed(seed)  # noqa: NPY002 (the only generator Numba can seed without an argument)
    draws, size, _ = chain.shape
    spins = np.ones((size, size), np.int8)
    if bug == 3:
        spins[:] = 2 * np.random.randint(0, 2, (size, size)) - 1  # noqa: NPY002
    for draw in range(-1, draws):
        clusters = burn_in if draw < 0 else spacing
        flipped, grown = 0, 0
        while flipped < size**2 if bug == 2 else grown < clusters:
            flipped += _flip_cluster(spins, p, bug)
            grown += 1
        if draw >= 0:
            chain[draw] = spins


@njit
def _flip_cluster(spins, p, bug):
    size = len(spins)
    stack = [(np.random.randint(size), np.random.randint(size))]  # noqa: NPY002
    spin = spins[stack[0]]
    spins[stack[0]] = -spin
    flipped = 1
    while stack:
        row, column = stack.pop()
        for k, (down, right) in enumerate(((0, 1), (0, -1), (1, 0), (-1, 0))):
            i, j = row + down, column + right
            if (bug == 0 and k == 3) or (bug == 1 and not (0 <= i < size and 0 <= j < size)):
                continue
            i, j = i % size, j % size
            if spins[i, j] == spin and np.random.random() < p:  # noqa: NPY002
                spins[i, j] = -spin
                stack.append((i, j))
                flipped += 1
    return flipped

"""Vectorised random numbers against the published algorithm, and the float32 exponential against NumPy's."""

import numpy as np
from numba import njit

from latentfield.systems.kernels.random_lanes import exp32, fill_lanes, lane_states


def xoshiro128pp(state: list[int]) -> int:
    """One step of the generator as its authors wrote it; `state` is advanced in place."""

    def rotate(x: int, k: int) -> int:
        return (x << k | x >> (32 - k)) & 0xFFFFFFFF

    result = (rotate((state[0] + state[3]) & 0xFFFFFFFF, 7) + state[0]) & 0xFFFFFFFF
    shifted = state[1] << 9 & 0xFFFFFFFF
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= shifted
    state[3] = rotate(state[3], 11)
    return result


def test_every_lane_is_the_published_generator():
    states = lane_states(np.random.default_rng(1), 64)
    plain = [[int(word) for word in states[:, j]] for j in range(64)]
    out = np.empty(64, np.uint32)
    for _ in range(100):
        fill_lanes(states, out)
        assert out.tolist() == [xoshiro128pp(state) for state in plain]


def test_lanes_differ_and_follow_the_generator():
    first, again = (lane_states(np.random.default_rng(5), 256) for _ in range(2))
    assert np.array_equal(first, again)
    assert len(np.unique(first[0])) > 250


def test_exponential_has_the_accuracy_of_float32():
    @njit
    def evaluate(x, out):
        for j in range(len(x)):
            out[j] = exp32(x[j])

    x = np.linspace(-80, 80, 200_001, dtype=np.float32)
    out = np.empty_like(x)
    evaluate(x, out)
    assert np.abs(out / np.exp(x.astype(np.float64)) - 1).max() < 1e-7

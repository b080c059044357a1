"""The laws every system obeys: reproducible blocks, declared shapes, and samples that follow exp(-E / T) / Z."""

import functools
import hashlib
import itertools
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.special import logsumexp
from scipy.stats import chi2

from latentfield.systems.base import System, stream
from tests import ROOT
from tests.systems.tiny import TINY

SEED = 20_260_611
SPINS = [name for name, system in TINY.items() if system.sites == "spins"]
every_system = pytest.mark.parametrize("name", list(TINY))
every_spin_system = pytest.mark.parametrize("name", SPINS)


def draw(system: System, unit: int) -> np.ndarray:
    """One block at every temperature, (temperatures, chains, draws, *shape)."""
    values = system.temperatures.values
    if system.coupled:
        return system.sample_block(values, stream(SEED, system.name, unit))
    streams = [stream(SEED, system.name, unit * len(values) + k) for k in range(len(values))]
    return np.concatenate([system.sample_block(values[k : k + 1], rng) for k, rng in enumerate(streams)])


def small(name: str) -> System:
    """The instance with few chains and draws."""
    return TINY[name].model_copy(update={"chains": 16, "draws": min(TINY[name].draws, 4)})


def digest(name: str) -> str:
    """Fingerprint of a small block."""
    return hashlib.sha256(draw(small(name), 0).tobytes()).hexdigest()


@functools.cache
def samples(name: str) -> np.ndarray:
    """Every block, (temperatures, blocks * chains, draws, *shape)."""
    return np.concatenate([draw(TINY[name], unit) for unit in range(TINY[name].blocks)], axis=1)


def states(system: System) -> np.ndarray:
    """All 2^N spin configurations, (2^N, *shape); bit i of the index is set where spin i is +1."""
    bits = np.arange(2**system.n_sites)[:, None] >> np.arange(system.n_sites) & 1
    return (2 * bits - 1).astype(np.int8).reshape(-1, *system.shape)


@pytest.fixture(scope="module")
def digests_elsewhere() -> dict[str, str]:
    """Fingerprints of the same blocks, drawn by another process."""
    code = "import json, tests.systems.test_contract as t; print(json.dumps({name: t.digest(name) for name in t.TINY}))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


@every_system
def test_same_seed_gives_the_same_samples(name, digests_elsewhere):
    assert digest(name) == digest(name) == digests_elsewhere[name]


@every_system
def test_threads_do_not_change_the_samples(name):
    system = small(name)
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda unit: draw(system, unit), range(4)))
    np.testing.assert_array_equal(together, [draw(system, unit) for unit in range(4)])


@every_system
def test_units_and_chains_differ(name):
    system = small(name)
    halves = [half for unit in range(3) for half in np.split(draw(system, unit), 2, axis=1)]
    for a, b in itertools.combinations(halves, 2):
        assert not np.array_equal(a, b)


@every_system
def test_configurations_have_the_declared_shape_and_range(name):
    system = small(name)
    x = draw(system, 0)
    assert x.shape == (system.temperatures.count, system.chains, system.draws, *system.shape)
    if system.sites == "spins":
        assert x.dtype == np.int8
        assert np.array_equal(np.unique(x), [-1, 1])
        assert np.prod(system.shape) == system.n_sites
    else:
        assert x.dtype == np.float32
        assert system.shape[-1] == 3 and np.prod(system.shape[:-1]) == system.n_sites
        np.testing.assert_allclose(np.linalg.norm(x, axis=-1), 1, atol=1e-6)


@every_system
def test_observables_are_one_number_per_configuration(name):
    system = small(name)
    x = draw(system, 0)
    observables = system.observables(x)
    assert {"energy", system.order_parameter} <= observables.keys()
    for values in observables.values():
        assert values.shape == x.shape[:3] and values.dtype == np.float64
    np.testing.assert_allclose(observables["energy"] * system.n_sites, system.energy(x), atol=1e-9)
    np.testing.assert_array_equal(system.observables(x[0, 0, 0])["energy"], observables["energy"][0, 0, 0])


@every_system
def test_log_weight_is_minus_energy_over_temperature(name):
    system = small(name)
    x = draw(system, 0)
    np.testing.assert_allclose(system.log_weight(x, 0.7), -system.energy(x) / 0.7, rtol=1e-12)


@every_system
def test_a_misspelt_field_is_named(name):
    with pytest.raises(ValidationError, match="burn_inn"):
        type(TINY[name])(**TINY[name].model_dump(), burn_inn=1)


@every_system
def test_fields_survive_json(name):
    system = TINY[name]
    assert type(system).model_validate_json(system.model_dump_json()) == system


@every_system
def test_entropy_is_log_z_plus_energy_over_temperature(name):
    for temperature in TINY[name].temperatures.values:
        exact = TINY[name].exact(temperature)
        if {"log_z", "energy", "entropy"} <= exact.keys():
            assert exact["entropy"] == pytest.approx(exact["log_z"] + exact["energy"] / temperature, abs=1e-9)


@every_system
def test_means_agree_with_the_exact_ones(name):
    system = TINY[name]
    for temperature, x in zip(system.temperatures.values, samples(name), strict=True):
        exact, observables = system.exact(temperature), system.observables(x)
        for key in exact.keys() & observables.keys():
            truth = exact[key] / system.n_sites if key == "energy" else exact[key]
            chains = observables[key].mean(axis=1)
            error = chains.std(ddof=1) / np.sqrt(len(chains))
            assert abs(chains.mean() - truth) < 5 * error, f"{key} at T = {temperature}"


@every_spin_system
def test_exact_log_z_normalises_the_weights(name):
    system = TINY[name]
    x = states(system)
    for temperature in system.temperatures.values:
        exact = system.exact(temperature)
        if "log_z" in exact:
            p = np.exp(system.log_weight(x, temperature) - exact["log_z"])
            assert p.sum() == pytest.approx(1, abs=1e-9)
            assert p @ system.energy(x) == pytest.approx(exact["energy"], abs=1e-8)


@every_spin_system
def test_states_are_visited_with_the_boltzmann_law(name):
    system = TINY[name]
    statistic, freedom = 0.0, 0
    for temperature, x in zip(system.temperatures.values, samples(name), strict=True):
        log_weight = system.log_weight(states(system), temperature)
        p = np.exp(log_weight - logsumexp(log_weight))
        index = (x.reshape(-1, system.n_sites) > 0) @ (1 << np.arange(system.n_sites))
        observed, expected = pool(np.bincount(index, minlength=len(p)), len(index) * p)
        statistic += ((observed - expected) ** 2 / expected).sum()
        freedom += len(expected) - 1
    assert 1e-4 < chi2.sf(statistic, freedom) < 1 - 1e-4


def pool(observed: np.ndarray, expected: np.ndarray, least: float = 20.0) -> tuple[np.ndarray, np.ndarray]:
    """Counts with all rare states (expected fewer than `least` times) put together in one cell."""
    rare = expected < least
    if 0 < expected[rare].sum() < least:
        rare |= expected == expected[~rare].min()
    observed, expected = (np.append(counts[~rare], counts[rare].sum()) for counts in (observed, expected))
    return observed[expected > 0], expected[expected > 0]

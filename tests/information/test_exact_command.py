"""`latentfield exact`: what it prints for each system, its reasons, and its refusals."""

import json
import math

import numpy as np
import pytest
from typer.testing import CliRunner

from latentfield.cli import app
from latentfield.information import cuts
from latentfield.systems.hopfield import Hopfield
from tests.information.every_state import (
    boltzmann,
    checkerboard,
    couplings_energy,
    halves,
    information,
    lattice_energy,
    states,
)

KEYS = "log_z energy entropy binder total_correlation mi_half mi_checkerboard mi_bound reasons".split()


def invoke(*arguments: str):
    return CliRunner().invoke(app.commands, ["exact", *arguments])


def answer(*arguments: str) -> dict:
    result = invoke(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert list(found) == KEYS
    assert set(found["reasons"]) == {key for key in KEYS if found[key] is None}
    return found


def truth(energy: np.ndarray, temperature: float) -> dict[str, float]:
    """By listing every state of a 4 x 4 system."""
    p = boltzmann(energy, temperature)
    flat = p.ravel()
    entropy = -(flat[flat > 0] @ np.log(flat[flat > 0]))
    return {
        "energy": flat @ energy,
        "entropy": entropy,
        "log_z": entropy - flat @ energy / temperature,
        "total_correlation": information(p, *np.eye(16, dtype=bool)),
        "mi_half": information(p, *halves(16, 8)),
        "mi_checkerboard": information(p, *checkerboard(4)),
    }


@pytest.mark.parametrize("temperature", [0.7, 2.5])
def test_spins_equal_enumeration(temperature):
    at = ("--size", "4", "--temperature", str(temperature))
    network = Hopfield(size=4, patterns=3, pattern_seed=2, temperatures={"min": 1, "max": 1, "count": 1}, chains=2,
                       draws=1, burn_in=0, spacing=1)  # fmt: skip
    for arguments, energy in (
        (("ising", *at), lattice_energy(4, across=True, along=True)),
        (("curie_weiss", *at), couplings_energy(np.ones((1, 16)))),
        (("hopfield", *at, "--patterns", "3", "--pattern-seed", "2"), couplings_energy(network.xi)),
    ):
        found = answer(*arguments)
        for name, value in truth(energy, temperature).items():
            assert found[name] == pytest.approx(value, abs=1e-9), (arguments, name)
        assert found["mi_bound"] is None or found["mi_bound"] > max(found["mi_half"], found["mi_checkerboard"])


@pytest.mark.parametrize("temperature", [0.6, 1.0, 1.7])
def test_any_number_of_curie_weiss_spins(temperature):
    """Seven by listing every state; sixteen as on their square; a million beside the limit of many."""
    seven, square, sites = (
        answer("curie_weiss", *size, "--temperature", str(temperature))
        for size in (("--sites", "7"), ("--size", "4"), ("--sites", "16"))
    )
    s = states(7).astype(float)
    p = boltzmann(couplings_energy(np.ones((1, 7))), temperature).ravel()
    m = s.mean(1)
    assert seven["binder"] == pytest.approx(1 - (p @ m**4) / (3 * (p @ m**2) ** 2), abs=1e-12)
    assert seven["entropy"] == pytest.approx(-(p @ np.log(p)), abs=1e-10)
    assert sites.pop("reasons") == square.pop("reasons") == {}
    assert sites == pytest.approx(square)
    many = answer("curie_weiss", "--sites", "1000000", "--temperature", str(temperature))
    # In order 2/3; in disorder m is Gaussian; at T_c its density is exp(-N m^4 / 12).
    critical = 1 - math.gamma(5 / 4) * math.gamma(1 / 4) / (3 * math.gamma(3 / 4) ** 2)
    assert many["binder"] == pytest.approx({0.6: 2 / 3, 1.0: critical, 1.7: 0}[temperature], abs=1e-3)
    assert many["log_z"] > 0 and many["mi_half"] > 0


def test_nematic_says_what_it_does_not_know():
    found = answer("maier_saupe", "--size", "12", "--temperature", "0.22")
    assert found["mi_half"] is None and "maier_saupe" in found["reasons"]["mi_half"]
    assert found["total_correlation"] == -found["entropy"] > 0
    assert 0 < found["mi_bound"] < 5 / 2 * math.log(144)


def test_many_patterns_and_large_lattices_have_reasons():
    network = answer("hopfield", "--size", "16", "--temperature", "1", "--patterns", "256")
    assert "129^256 overlaps" in network["reasons"]["mi_half"]
    assert network["log_z"] is None and "4 patterns, got 256" in network["reasons"]["log_z"]
    lattice = answer("ising", "--size", "512", "--temperature", "2.269185")
    assert lattice["total_correlation"] > 0 and "at most 18, got 512" in lattice["reasons"]["mi_half"]
    odd = answer("ising", "--size", "5", "--temperature", "2")
    assert odd["mi_half"] > 0 and "even L, got 5" in odd["reasons"]["mi_checkerboard"]


def test_numbers_beyond_double_precision_are_a_reason():
    found = answer("ising", "--size", "8", "--temperature", "0.001")
    assert found["log_z"] is None and "double precision at T = 0.001" in found["reasons"]["log_z"]


def test_four_patterns_fall_back_to_the_gaussian_bound():
    found = answer("hopfield", "--size", "16", "--temperature", "0.4", "--patterns", "4")
    assert found["entropy"] > 0 and found["mi_half"] is None
    assert 0 < found["mi_bound"] < 2 * math.log(1 + 256 / 0.4)


@pytest.mark.parametrize("arguments", [("ising",), ("curie_weiss",)])
def test_only_the_sign_is_left_near_zero_temperature(arguments):
    found = answer(*arguments, "--size", "8", "--temperature", "0.01")
    for name in ("entropy", "mi_half", "mi_checkerboard"):
        assert found[name] == pytest.approx(math.log(2), abs=1e-8)


def test_table_names_values_and_reasons():
    result = invoke("maier_saupe", "--size", "4", "--temperature", "1")
    assert result.exit_code == 0
    assert all(text in result.output for text in ("ln Z", "entropy (nats)", "unknown"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("potts", "--size", "4", "--temperature", "1"), "no system 'potts'; choose from ising"),
        (("ising", "--size", "4", "--temperature", "0"), "positive number, got 0"),
        (("ising", "--size", "4", "--temperature", "nan"), "positive number, got nan"),
        (("ising", "--size", "1", "--temperature", "1"), "size: got 1; input should be greater"),
        (("ising", "--size", "4", "--temperature", "1", "--patterns", "3"), "ising has no patterns"),
        (("ising", "--sites", "16", "--temperature", "1"), "ising has no sites"),
        (("curie_weiss", "--sites", "16", "--size", "4", "--temperature", "1"), "not both"),
        (("curie_weiss", "--sites", "1", "--temperature", "1"), "sites: got 1; input should be greater"),
        (("ising", "--temperature", "1"), "ising needs size: give --size"),
        (("hopfield", "--size", "4", "--temperature", "1"), "hopfield needs patterns: give --patterns"),
        (("hopfield", "--size", "2", "--temperature", "1", "--patterns", "9"), "at most N = size² = 4, got 9"),
    ],
)
def test_mistakes_are_explained(arguments, message):
    result = invoke(*arguments)
    assert isinstance(result.exception, app.LatentfieldError)
    assert message in str(result.exception)


def test_a_glass_of_sixteen_spins_is_enumerated_and_a_larger_one_has_reasons():
    found = answer("sherrington_kirkpatrick", "--size", "4", "--temperature", "0.7")
    rng = np.random.default_rng(0)
    above = np.triu(rng.standard_normal((16, 16)), 1) / 4
    s = states(16).astype(float)
    for name, value in truth(-np.einsum("si,ij,sj->s", s, above, s, optimize=True), 0.7).items():
        assert found[name] == pytest.approx(value, abs=1e-9), name
    assert found["mi_bound"] is None and "no field of a few components" in found["reasons"]["mi_bound"]
    larger = answer("sherrington_kirkpatrick", "--size", "8", "--temperature", "0.7")
    for name in ("log_z", "total_correlation", "mi_half"):
        assert larger[name] is None and "listed up to 16 spins, got 64" in larger["reasons"][name]


def test_a_system_nobody_has_summed_is_enumerated(monkeypatch):
    """What the table says of a network and what listing its states says agree."""
    arguments = ("hopfield", "--size", "3", "--temperature", "0.8", "--patterns", "2")
    before = answer(*arguments)
    monkeypatch.delitem(cuts.CUTS, "hopfield")
    after = answer(*arguments)
    for name in ("mi_half", "mi_checkerboard"):
        assert after[name] == pytest.approx(before[name], abs=1e-9) and after[name] > 0

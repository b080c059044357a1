"""Small records and tables like those that `evaluate` writes, with made-up numbers."""

import math

from latentfield.records.measured import MeasuredRecording, MeasuredSystem

CODE = {"version": "0", "source": "feed", "commit": "unknown"}
TEMPERATURES = (1.8, 2.3, 3.0)


def per_temperature(mean: float, se: float) -> dict:
    rows = [{"temperature": t, "value": mean + k, "se": se} for k, t in enumerate(TEMPERATURES, -1)]
    return {"value": mean, "se": se, "per_temperature": rows}


def sampled(
    system: str = "ising", parameter: str = "abs_m", name: str = "", prior: str = "spline"
) -> tuple[MeasuredSystem, dict]:
    """Record and tables of a sampled system on 4 x 4 sites; only the energy is known exactly, and the network saturates at 3.0."""
    measures = {
        "neg_elbo": (9.8765, 0.0123),
        "rate": (1.25, 0.04),
        "distortion": (8.6265, 0.02),
        "rate_useful": (1.125, 0.05),
        "rate_excess": (0.125, 0.03),
        "capacity_sphere_packing": (2.5, 0.01),
        "capacity_gaussian": (2.4, 0.01),
        "entropy": (9.4205, 0.0),
        "gap": (1.456, 0.007),
    }
    record = {"name": name or system, "system": system, "prior": prior, "profile": "toy", "recording": "none"}
    record |= {
        "data": "feedc0de",
        "run": f"{name or system}-0123456789abcdef",
        "sites": [4, 4],
        "samples": 600,
        "latents": 1,
    }
    record |= {key: per_temperature(*value) for key, value in measures.items()}
    tc = {"at_least": [False, False, True], "limit": 2.4, "extrapolated": [0.4, 1.4, 7.0]}
    verdicts = ["consistent", "consistent", "consistent"]
    observables = {
        parameter: {"worst_z": -2.25, "worst_temperature": 1.8},
        "energy": {"worst_z": 12.5, "worst_temperature": 3.0},
    }
    record |= {
        "tc": per_temperature(1.4, 0.011) | tc,
        "tc_null": per_temperature(0.001, 0.002) | {"at_least": [False] * 3, "limit": 2.4},
        "tc_status": {"status": "consistent", "per_temperature": verdicts},
        "residuals": {"one": {"explained": 0.014, "null": -0.1}, "two": {"explained": 0.62, "null": 0.002}},
        "observables": observables,
        "order_parameter": parameter,
        "latents_nats": [],
        "seed": 3,
        "code": CODE,
        "validation": {},
    }
    return MeasuredSystem.model_validate(record), _tables(parameter, lattice=system == "ising")


def _tables(parameter: str, lattice: bool) -> dict:
    names = (parameter, "susceptibility", "binder", "energy", *(("correlation_length",) if lattice else ()))
    rows = [_row(t, names) for t in TEMPERATURES]
    grid = range(4)
    tables = {
        "observables": rows,
        "exact": [{"temperature": 1.8 + 0.1 * k, "energy": math.exp(-1.8 - 0.1 * k) + 3} for k in range(13)],
        "posterior": [
            {"temperature": t, "latent": k, "z": z / 4, "aggregate": math.exp(-(z**2) / 8), "prior": math.exp(-(z**2) / 9)}
            for t in (1.8, 3.0) for k in (1, 2) for z in range(-12, 13)
        ],
        "one_point": [{"row": i, "column": j, "slope": 0.01 * (i - j)} for i in grid for j in grid],
        "two_point": [{"dy": i, "dx": j, "slope": 0.5 if i + j == 1 else 0.01 * (i - j)} for i in grid for j in grid],
    }  # fmt: skip
    if lattice:
        tables["correlation"] = [
            {"temperature": t, "distance": r, "data": math.exp(-r), "data_se": 0.01, "vae": 0.3, "vae_se": 0.02, "z": 5.0 * r - 7}
            for t in TEMPERATURES for r in range(3)
        ]  # fmt: skip
    return tables


def _row(temperature: float, names: tuple[str, ...]) -> dict:
    row = {"temperature": temperature}
    for k, name in enumerate(names):
        value = math.exp(-temperature) + k
        row |= {name: value, f"{name}_se": 0.01, f"{name}_vae": value + 0.02, f"{name}_vae_se": 0.02}
        row |= {f"{name}_exact": value - 0.005 if name == "energy" else math.nan, f"{name}_z": 0.9 * k - 200 * (k == 3)}
    return row


def recorded(kind: str = "recording") -> tuple[MeasuredRecording, dict]:
    """Record and tables of a recording of 6 cells."""
    numbers = {
        "neg_elbo": (2.5, 0.011),
        "rate": (0.3, 0.002),
        "distortion": (2.2, 0.01),
        "nats_per_word": (2.4321, 0.011),
        "independent": (2.9, 0.012),
        "gain": (0.4679, 0.0034),
        "tc_bound": (0.111, 0.015),
        "rate_useful": (0.25, 0.002),
        "rate_excess": (0.05, 0.002),
        "capacity_sphere_packing": (1.2, 0.01),
        "capacity_gaussian": (1.1, 0.01),
    }
    record = {
        "name": "retina",
        "system": "retina",
        "prior": "spline",
        "profile": "toy",
        "recording": kind,
        "data": "cafe",
    }
    record |= {
        "run": "retina-1",
        "seed": 7,
        "sites": [6],
        "samples": 4000,
        "latents": 2,
        "split": "random",
        "words": 400,
    }
    record |= {"importance_samples": 25} | {name: {"value": mean, "se": se} for name, (mean, se) in numbers.items()}
    record |= {
        "tc": {"value": 0.2, "se": 0.02, "at_least": [False], "limit": 5.3},
        "tc_null": {"value": 0.0, "se": 0.02, "at_least": [False], "limit": 5.3},
        "residuals": {"one": {"explained": 0.2, "null": 0.0}, "two": {"explained": 0.8, "null": 0.0}},
        "observables": {"count": {"worst_z": 3.5, "rms_z": 1.2, "values": 4}},
        "ladder": {
            "independent": {"value": 2.9, "se": 0.012},
            "mixture": {"value": 2.3, "se": 0.01, "components": 32},
            "vae": {"value": 2.4321, "se": 0.011, "latents": 2},
        },
        "convergence": [
            {"samples": k, "value": 2.44 - 0.0003 * k, "se": 0.011, "se_of_difference": 0.001} for k in (1, 5, 25)
        ],
    }
    p = {"data": (0.5, 0.3, 0.2, 0.0), "vae": (0.45, 0.33, 0.2, 0.02), "independent": (0.3, 0.6, 0.1, 0.0)}
    count, overlap = [], []
    for k in range(4):
        values = {name: column[k] for name, column in p.items()}
        errors = {f"{name}_se": 0.02 for name in p}
        count.append({"active": k} | values | errors)
        overlap.append({"overlap": k / 3} | values | errors)
    rates = [
        {"cell": i, "data": 0.1 + 0.02 * i, "data_se": 0.01, "vae": 0.11 + 0.02 * i, "independent": 0.1}
        for i in range(6)
    ]
    pairs = [
        {"i": i, "j": j, "data": 0.01 * i, "vae": 0.01 * j, "slope": 0.1 * i - 0.2 * j}
        for i in range(6)
        for j in range(i + 1, 6)
    ]
    record |= {"latents_nats": [], "code": CODE, "validation": {}}
    return MeasuredRecording.model_validate(record), {
        "count": count,
        "rates": rates,
        "overlap": overlap,
        "covariance": pairs,
        "words10": [
            {"set": 0, "word": k, "data": 0.2 / (k + 1), "vae": 0.19 / (k + 1), "independent": 0.1} for k in range(5)
        ],
        "one_point": [{"cell": i, "slope": 0.1 * i - 0.2} for i in range(6)],
        "two_point": pairs,
    }

"""Small records and tables like those that `evaluate` writes, with made-up numbers."""

import math

TEMPERATURES = (1.8, 2.3, 3.0)


def per_temperature(mean: float, se: float) -> dict:
    rows = [{"temperature": t, "value": mean + k, "se": se} for k, t in enumerate(TEMPERATURES, -1)]
    return {"mean": mean, "se": se, "per_temperature": rows}


def sampled(system: str = "ising", parameter: str = "abs_m") -> tuple[dict, dict]:
    """Record and tables of a sampled system on 4 x 4 sites; only the energy is known exactly."""
    record = {
        "system": system,
        "profile": "toy",
        "recording": "none",
        "data": "feedc0de",
        "run": f"{system}-0123456789abcdef",
        "sites": [4, 4],
        "samples": 600,
        "latents": 1,
        "neg_elbo": per_temperature(9.8765, 0.0123),
        "rate": per_temperature(1.25, 0.04),
        "distortion": per_temperature(8.6265, 0.02),
        "gap": per_temperature(0.456, 0.007),
        "entropy": 9.4205,
        "worst_z": {parameter: {"z": -2.25, "temperature": 1.8}, "energy": {"z": 12.5, "temperature": 3.0}},
        "order_parameter": parameter,
    }
    return record, {"observables": [_row(t, parameter) for t in TEMPERATURES]}


def _row(temperature: float, parameter: str) -> dict:
    row = {"temperature": temperature}
    for k, name in enumerate((parameter, "susceptibility", "binder", "energy")):
        value = math.exp(-temperature) + k
        row |= {name: value, f"{name}_se": 0.01, f"{name}_vae": value + 0.02, f"{name}_vae_se": 0.02}
        row |= {f"{name}_exact": value - 0.005 if name == "energy" else None, f"{name}_z": 0.9 * k - 200 * (k == 3)}
    return row


def recorded(kind: str = "recording") -> tuple[dict, dict]:
    """Record and tables of a recording of 6 cells."""
    numbers = {
        "neg_elbo": (2.5, 0.011),
        "rate": (0.3, 0.002),
        "distortion": (2.2, 0.01),
        "nats_per_word": (2.4321, 0.011),
        "independent": (2.9, 0.012),
        "gain": (0.4679, 0.0034),
    }
    record = {"system": "retina", "profile": "toy", "recording": kind, "data": "cafe", "run": "retina-1", "seed": 7}
    record |= {"sites": [6], "samples": 4000, "latents": 2, "split": "random", "words": 400, "importance_samples": 25}
    record |= {name: {"mean": mean, "se": se} for name, (mean, se) in numbers.items()}
    p = {"data": (0.5, 0.3, 0.2, 0.0), "vae": (0.45, 0.33, 0.2, 0.02), "independent": (0.3, 0.6, 0.1, 0.0)}
    count, overlap = [], []
    for k in range(4):
        values = {name: column[k] for name, column in p.items()}
        count.append({"active": k} | values | {f"{name}_se": 0.02 for name in p})
        overlap.append({"overlap": 1 - k / 3} | values)
    rates = [{"cell": i, "data": 0.01 * i, "vae": 0.012 * i, "independent": 0.01, "data_se": 0.005} for i in range(6)]
    return record, {"count": count, "rates": rates, "overlap": overlap}

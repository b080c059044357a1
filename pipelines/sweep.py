"""Stage `sweep`: VAEs of growing capacity against the information across cuts. Usage: python pipelines/sweep.py

Trials that are done stay in the Optuna storage, mlruns/optuna.db unless LATENTFIELD_OPTUNA_STORAGE names another database.
"""

from latentfield.cli.study import carry_out
from latentfield.pipeline.stage import run


def main() -> None:
    """Write reports/studies/capacity.json."""
    counts = carry_out(full=False).counts.plain()
    print(", ".join(f"{name.replace('_', ' ')} {counts[name]}" for name in counts if name != "foretold"), flush=True)


if __name__ == "__main__":
    run(main)

"""Stage `sweep`: VAEs of growing capacity against the information across cuts. Usage: python pipelines/sweep.py

Trials that are done stay in the Optuna storage, mlruns/optuna.db unless LATENTFIELD_OPTUNA_STORAGE names another database.
"""

from latentfield.cli.study import carry_out
from latentfield.pipeline.stage import REPORTS, run
from latentfield.records.tables import write_tables


def main() -> None:
    """Write reports/studies/capacity.json, and its VAEs as reports/curves/capacity/trials.csv."""
    record = carry_out(full=False)
    write_tables(REPORTS / "curves" / "capacity", {"trials": record.table()})
    counts = record.counts.plain()
    print(", ".join(f"{name.replace('_', ' ')} {counts[name]}" for name in counts if name != "foretold"), flush=True)


if __name__ == "__main__":
    run(main)

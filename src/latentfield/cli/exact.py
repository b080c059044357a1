"""The command `latentfield exact`: what is known of a model in closed form."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from latentfield.cli.decoders import AsJson


def exact(
    system: Annotated[str, typer.Argument(help="Its name, as in the block `sample` of params.yaml.")],
    temperature: Annotated[float, typer.Option(help="T in units of the coupling J.")],
    size: Annotated[int | None, typer.Option(help="Edge L of the square of N = L² sites.")] = None,
    sites: Annotated[int | None, typer.Option(help="Curie-Weiss: any number N of spins, instead of an edge.")] = None,
    patterns: Annotated[int | None, typer.Option(help="Hopfield: number P of patterns.")] = None,
    pattern_seed: Annotated[int | None, typer.Option(help="Hopfield: seed of the patterns (0).")] = None,
    as_json: AsJson = False,
) -> None:
    """Print what is known in closed form: ln Z, energy, entropy, total correlation, information across cuts.

    SYSTEM is ising, curie_weiss, hopfield, maier_saupe or
    sherrington_kirkpatrick (whose couplings are those of seed 0). Nothing is
    sampled and no file is read. Energies are totals in units of J,
    everything else is in nats, of the whole configuration; the entropy of
    directors is relative to uniform ones.

    The cuts are the half of the sites against the others, and the two
    colours of a checkerboard; the last line bounds the information across
    any cut from above. A VAE whose gap is zero needs a rate that is at least
    the information across every cut.

    What cannot be computed is said to be unknown, and why. Ising lattices
    take seconds up to L = 16, half a minute at L = 18; beyond, the information
    between their halves is unknown.

    With --json an object: log_z, energy, entropy, binder,
    total_correlation, mi_half, mi_checkerboard, mi_bound, each null where it
    is unknown; and `reasons`, by the names of those that are.

    Examples:

        latentfield exact ising --size 8 --temperature 2.269
        latentfield exact curie_weiss --sites 1000 --temperature 0.9
        latentfield exact hopfield --size 16 --temperature 0.9 --patterns 2

    Exit code 2 for an unknown system, a temperature that is not positive,
    and an option that is missing or that the system does not have.
    """
    from latentfield.information.known import LABELS, known, model

    asked = {"size": size, "sites": sites, "patterns": patterns, "pattern_seed": pattern_seed}
    chosen = model(system, temperature, **{key: value for key, value in asked.items() if value is not None})
    values, reasons = known(chosen, temperature)
    if as_json:
        print(json.dumps(values | {"reasons": reasons}))
        return
    table = Table(f"{system}, N = {chosen.n_sites}, T = {temperature:g}", "value")
    for name, value in values.items():
        table.add_row(LABELS[name], f"unknown: {reasons[name]}" if value is None else f"{value:.9g}")
    Console().print(table)

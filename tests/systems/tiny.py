"""Tiny instances of every system, small enough to know everything about them.

Spin systems have at most 12 sites, so that all states can be listed, and about two million configurations over blocks
and temperatures, thinned until they are independent: the Boltzmann law is tested by counting states.
"""

from latentfield.systems.base import System
from latentfield.systems.ising import Ising

TINY: dict[str, System] = {
    "ising": Ising(
        size=3,
        temperatures={"min": 1.5, "max": 3.5, "count": 3},
        blocks=4,
        chains=32,
        draws=5_000,
        burn_in=20,
        spacing=8,
    ),
}

"""Tiny instances of every system, small enough to know everything about them.

Spin systems have at most 12 sites, so that all states can be listed, and about two million configurations over blocks
and temperatures, thinned until they are independent: the Boltzmann law is tested by counting states.
"""

from latentfield.systems.base import System
from latentfield.systems.curie_weiss import CurieWeiss
from latentfield.systems.hopfield import Hopfield
from latentfield.systems.ising import Ising
from latentfield.systems.maier_saupe import MaierSaupe
from latentfield.systems.sherrington_kirkpatrick import SherringtonKirkpatrick

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
    "curie_weiss": CurieWeiss(
        size=3,
        temperatures={"min": 0.6, "max": 1.8, "count": 3},
        blocks=4,
        chains=150_000,
    ),
    "hopfield": Hopfield(
        size=3,
        patterns=2,
        temperatures={"min": 0.6, "max": 2.0, "count": 4, "spacing": "log"},
        blocks=4,
        chains=32,
        draws=4_000,
        burn_in=50,
        spacing=10,
    ),
    "maier_saupe": MaierSaupe(
        size=3,
        temperatures={"min": 0.15, "max": 0.35, "count": 3},
        blocks=4,
        chains=32,
        draws=200,
        burn_in=50,
        spacing=10,
    ),
    "sherrington_kirkpatrick": SherringtonKirkpatrick(
        size=3,
        temperatures={"min": 0.4, "max": 2.0, "count": 4, "spacing": "log"},
        blocks=4,
        chains=32,
        draws=4_000,
        burn_in=50,
        spacing=10,
    ),
}

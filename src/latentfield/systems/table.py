"""Every sampled system, by name."""

from latentfield.systems.base import System
from latentfield.systems.curie_weiss import CurieWeiss
from latentfield.systems.hopfield import Hopfield
from latentfield.systems.ising import Ising
from latentfield.systems.maier_saupe import MaierSaupe
from latentfield.systems.sherrington_kirkpatrick import SherringtonKirkpatrick

SYSTEMS: dict[str, type[System]] = {
    system.name: system for system in (Ising, CurieWeiss, Hopfield, MaierSaupe, SherringtonKirkpatrick)
}
"""Sampled systems by name; the name is the key of the block in `params.yaml` and of the stage (`sample@ising`)."""

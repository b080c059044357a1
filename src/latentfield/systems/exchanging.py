"""Systems whose chains exchange configurations between temperatures, so that slow modes are renewed from above."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeInt, PositiveInt

from latentfield.arrays import FloatArray
from latentfield.systems.base import System


class Walk(ABC):
    """The Markov chains of one block, at all its temperatures."""

    @abstractmethod
    def advance(self, sweeps: int) -> None:
        """Run this many sweeps."""

    @property
    @abstractmethod
    def current(self) -> NDArray:
        """Current configurations, shape (temperatures, chains, N), directors (temperatures, chains, N, 3)."""

    @property
    @abstractmethod
    def energies(self) -> FloatArray:
        """Their total energies, (temperatures, chains), in units of J."""


class Exchanging(System):
    """A system drawn by a `Walk`: sweeps of all temperatures together, each followed by one exchange between neighbours."""

    coupled: ClassVar[bool] = True

    burn_in: NonNegativeInt = Field(description="sweeps before the first kept configuration")
    spacing: PositiveInt = Field(description="sweeps between kept configurations")
    exchange: bool = Field(True, description="whether neighbouring temperatures exchange configurations")

    @abstractmethod
    def walk(self, beta: FloatArray, rng: np.random.Generator) -> Walk:
        """`chains` Markov chains at each inverse temperature beta (1/J), from a random start."""

    def sample_block(self, temperatures: FloatArray, rng: np.random.Generator) -> NDArray:
        """Configurations of the chains of all temperatures together, (len(temperatures), chains, draws, *shape)."""
        walk = self.walk(1 / np.asarray(temperatures, dtype=float), rng)
        walk.advance(self.burn_in)
        kept = []
        for _ in range(self.draws):
            walk.advance(self.spacing)
            kept.append(walk.current)
        return np.stack(kept, axis=2).reshape(len(temperatures), self.chains, self.draws, *self.shape)

"""The study of the number of latents of a recording, as parameters: which numbers, which splits, which training."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from latentfield.samples.splits import Scheme
from latentfield.vae.schedule import Pace


class Point(BaseModel):
    """One training: number of latents, split, seed.

    Latents, split and seed are all that trainings differ in. Seed and settings fix the result on one machine.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    latents: PositiveInt
    split: Scheme
    """Which words are held out, one by one, by repeat or by stretch of time (`samples.splits`): from the easiest to
    generalise to, to the hardest."""
    seed: int

    @property
    def name(self) -> str:
        """Name of the point's file."""
        return f"d{self.latents:02d}-{self.split}-s{self.seed}"


class LatentStudy(Pace):
    """Every number of latents on every split, and one number with several seeds; all else is as in the entry `retina`."""

    latents: tuple[PositiveInt, ...] = Field(min_length=1)
    """Numbers d of latents, each trained once on each split."""
    splits: tuple[Scheme, ...] = Field(min_length=1)
    """The first is the one on which the best number of latents is chosen and seeds are compared."""
    stable: PositiveInt = 2
    """Latents of the trainings that differ in nothing but their seeds."""
    seeds: PositiveInt = 5
    """Trainings with `stable` latents on the first split; from 2 on the study knows stability and the error of K."""
    bins: int = Field(16, ge=2)
    """Bins of the prior's splines, in place of those of the entry `retina`."""
    words: PositiveInt = 8000
    """Test words that are scored, drawn at random.

    The same words of a split for every training; all of them where there are fewer."""
    importance_samples: PositiveInt = 100
    """Draws of z per word in the bound of ln P, which rises to ln P with them (`words.likelihood`)."""

    def points(self, seed: int) -> Iterator[Point]:
        """Every training, the cheap ones first; seeds count from `seed`."""
        for d in sorted(self.latents):
            for split in self.splits:
                yield Point(latents=d, split=split, seed=seed)
        for k in range(0 if self.stable in self.latents else -1, self.seeds - 1):
            yield Point(latents=self.stable, split=self.splits[0], seed=seed + k + 1)

"""The words of a recording under one of its splits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentfield.samples.splits import FEWEST_UNITS, TEST, VALIDATION, units
from latentfield.samples.store import SampleSet


class Parts(NamedTuple):
    """Words ±1 (n, sites) to train on, to choose with, to test on; and the unit (n,) of the errors each test word belongs to."""

    train: NDArray[np.int8]
    """Words that models are fitted to."""
    validation: NDArray[np.int8]
    """Words that choose the epoch of a training, or one of several models."""
    test: NDArray[np.int8]
    """Words that models are scored on, and nothing else."""
    unit: NDArray[np.int64] | None
    """None where each test word is a unit of its own."""

    validation_unit: NDArray[np.int64] | None = None
    """The same of validation words."""

    def some(self, rows: NDArray[np.int64]) -> Parts:
        """The same with some of the test words.

        Rows are numbers of test words; a unit of which some words are left stays one unit.
        """
        return self._replace(test=self.test[rows], unit=None if self.unit is None else self.unit[rows])


def parts_of(data: SampleSet, split: str, fewest: int = FEWEST_UNITS) -> Parts:
    """The parts of a recording under one of its splits, with `fewest` units of the errors or more (`samples.splits.units`).

    Raises LatentfieldError for a split that the recording does not have. A recording of many words leaves some out of
    every part.
    """
    parts = data.split(split)
    label = data["splits"][data.attributes["splits"].index(split)]
    of_test, of_validation = (units(split, label, fewest, part) for part in (TEST, VALIDATION))
    return Parts(parts["train"].x, parts["validation"].x, parts["test"].x, of_test, of_validation)

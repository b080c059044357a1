"""Names of the arrays that pass between rooms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating]
"""Numbers in double precision, or in single where networks compute."""
Spins = NDArray[np.int8]
"""Spins ±1."""
Words = NDArray[np.int8]
"""Words of a recording, (n, sites): +1 where a site is active, -1 where it is silent."""

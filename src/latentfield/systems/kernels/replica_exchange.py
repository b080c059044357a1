"""Replica exchange: neighbouring temperatures swap configurations, so that slow modes are renewed from above.

After a sweep the pairs (0, 1), (2, 3), ... or (1, 2), (3, 4), ... of temperatures, in turn, swap the configurations
of equal chain index with probability min(1, exp((beta_i - beta_j)(E_i - E_j))), which leaves every P(x | T)
unchanged.

Reference: Hukushima and Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996), https://doi.org/10.1143/JPSJ.65.1604
"""

from __future__ import annotations

from numba import njit


@njit(nogil=True, cache=True)
def exchange(slot, energy, beta, parity, patience):
    """Swap neighbouring temperatures in place; returns the number of accepted swaps.

    slot: (temperatures, chains), which configuration is at which temperature. energy: (slots,), total, of each
    configuration. beta: (temperatures,). parity: 0 or 1, the first pair. patience: (temperatures, chains),
    exponential variates of mean 1, i.e. -ln of uniform ones.
    """
    accepted = 0
    for i in range(parity, len(beta) - 1, 2):
        for c in range(slot.shape[1]):
            low, high = slot[i, c], slot[i + 1, c]
            if (beta[i] - beta[i + 1]) * (energy[low] - energy[high]) > -patience[i, c]:
                slot[i, c], slot[i + 1, c] = high, low
                accepted += 1
    return accepted

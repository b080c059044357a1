"""The bound of `cut_search`, from K words that are paired with each other, and the network that predicts one side from the other.

I(A; B) >= E (1/K) sum_j ln [ q(a_j|b_j)^g / (1/K) sum_k q(a_j|b_k)^g ],    q(a|b) = prod_i q(a_i|b)

q need not be a good law for the bound to hold, only for it to be tight. It leaves out correlations between the sites of A given B,
and counts what several of them say alike more than once: g < 1 makes up for that. `fit` learns q, `paired` takes the bound.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

from latentfield.arrays import Words
from latentfield.statistics.estimate import Estimate, clustered_mean
from latentfield.vae.parts.decoders import CorrectedMeanFieldDecoder, Decoder

WIDTH, BATCH, STEPS, CHECKS, RATE = 64, 512, 800, 16, 5e-3
"""Units of each hidden layer, words in a batch, batches, looks at the held words, learning rate at the start (it falls to zero)."""
MOST_TRAINED, ROWS = 60_000, 1024
"""Words that the predictor learns from, and words that are paired at a time."""


def fit(b: Words, a: Words, seed: int) -> Decoder:
    """A predictor of words a (n, n_a) from words b (n, n_b): logits linear in b, plus a correction of two hidden layers.

    A tenth of the words decides when to stop: all steps are taken, and of the looks at that tenth the weights with the
    least cross entropy are kept. Words are ±1, q(a_i|b) = 1 / (1 + exp(-a_i l_i)). At most `MOST_TRAINED` random words are
    used. The result depends on words and seed alone; the global random state of torch is left as it was.
    """
    rows = np.random.default_rng(seed).permutation(len(a))[:MOST_TRAINED]
    known, sought = (torch.from_numpy(part[rows]).float() for part in (b, a))
    cut = len(rows) - max(1, len(rows) // 10)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = CorrectedMeanFieldDecoder(1, sought.shape[1:], known.shape[1], (WIDTH, WIDTH))
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / STEPS)
    generator = torch.Generator().manual_seed(seed)
    best, least = network.state_dict(), np.inf
    for step in range(1, STEPS + 1):
        some = torch.randint(cut, (BATCH,), generator=generator)
        optimizer.zero_grad()
        _cross_entropy(network, sought[some], known[some]).backward()
        optimizer.step()
        schedule.step()
        if step % (STEPS // CHECKS) == 0:
            with torch.no_grad():
                held = float(_cross_entropy(network, sought[cut:], known[cut:]))
            if held < least:
                best, least = {name: value.clone() for name, value in network.state_dict().items()}, held
    network.load_state_dict(best)
    return network


def _cross_entropy(network: Decoder, a: Tensor, b: Tensor) -> Tensor:
    """-<ln q(a|b)>, nats per word, from a (n, n_a) and b (n, n_b): on new words, H(A|B) or more on average."""
    return -logsigmoid(a * _logits(network, b)).sum(1).mean()


def _logits(network: Decoder, b: Tensor) -> Tensor:
    """l_i of every word b (n, n_b), (n, n_a); the temperature that decoders ask for is held at 0."""
    return network(b, torch.zeros(len(b), 1)).squeeze(1)


@torch.no_grad()
def paired(network: Decoder, b: Words, a: Words, power: float = 1.0, unit: NDArray[np.int64] | None = None) -> Estimate:
    """The bound from K words a (K, n_a) and b (K, n_b), and its standard error, nats; `unit` (K,) says which belong together.

    `power` is g. All K^2 scores are formed, `ROWS` rows at a time: 8192 words take 67 million of them and 32 MB. The value
    is at most ln K and may be negative. The error is linearised: word j enters as a_j, through its own term, and as b_j,
    through its share in the sums of all others.
    """
    logits = power * _logits(network, torch.from_numpy(b).float())
    constant = power * softplus(logits / power).sum(1)
    active = torch.from_numpy(a > 0).float()
    values, share = [], torch.zeros(len(a))
    for rows in torch.arange(len(a)).split(ROWS):
        score = active[rows] @ logits.T - constant
        own = score[torch.arange(len(rows)), rows]
        values.append(own - torch.logsumexp(score, 1) + np.log(len(a)))
        share += torch.softmax(score, 1).sum(0)
    value = torch.cat(values)
    influence = (value + 1 - share).double().numpy()
    return Estimate(float(value.double().mean()), clustered_mean(influence, unit).se)

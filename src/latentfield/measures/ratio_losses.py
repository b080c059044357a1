"""Losses whose minimiser is the bounded relative ratio of two laws p and q, and the constant that is left to be found.

    r_a = p / (a p + (1 - a) q) <= 1/a,    f = sigmoid(g)/a,    g = h - ln((1 - a)/a),    so that h = ln p/q exactly.

Three losses share the minimiser f = r_a (mix = a p + (1 - a) q):

    "chi2"   1/2 E_mix[f^2] - E_p[f]                                  the paper's, eq. (45)
    "kl"     E_mix[f] - E_p[ln f] - 1                                 Nguyen, Wainwright and Jordan 2010
    "js"     -a E_p[ln sigmoid(g)] - (1 - a) E_q[ln sigmoid(-g)]      logistic regression with weights a, 1 - a

After training, a constant is added to h in each group (temperature) so that E_mix[f] = 1 there, as it must be: an error of h that
is the same for all configurations of a group then costs nothing. Reference: arXiv:2510.25507.

The relative ratio is the paper's eq. (22), its relation to the log ratio eqs. (46) and (47). Written as h, the network's output is
unbounded and nothing overflows, but the losses hardly tell ratios far above 1/a from each other: where KL(p||q) is much more than
ln(1/a), h is what the network makes of the few samples that overlap. Ways that read h have to say so (`total_correlation`).
"""

from __future__ import annotations

import math

from torch import Tensor
from torch.nn.functional import logsigmoid, softplus


def js(g_p: Tensor, g_q: Tensor, a: float) -> Tensor:
    """Logistic loss, nats, at logits g of samples of p and of q, each (batch,); its minimum is the entropy of the label given x."""
    return a * softplus(-g_p).mean() + (1 - a) * softplus(g_q).mean()


def kl(g_p: Tensor, g_q: Tensor, a: float) -> Tensor:
    """Minus the bound of Nguyen, Wainwright and Jordan on KL(p||mix), nats; KL(p||mix) is at most ln(1/a). Arguments as `js`."""
    mean = g_p.sigmoid().mean() + (1 - a) / a * g_q.sigmoid().mean()
    return mean - logsigmoid(g_p).mean() + math.log(a) - 1


def chi2(g_p: Tensor, g_q: Tensor, a: float) -> Tensor:
    """The paper's loss, eq. (45); its minimum is -1/2 E_mix[r_a^2]. Arguments as `js`."""
    f_p, f_q = g_p.sigmoid() / a, g_q.sigmoid() / a
    return 0.5 * (a * f_p.square().mean() + (1 - a) * f_q.square().mean()) - f_p.mean()


FORMS = {"js": js, "kl": kl, "chi2": chi2}
"""The losses by name; all have the same minimiser, and differ in what an error costs."""


def normalise(h_p: Tensor, h_q: Tensor, alpha: float, steps: int = 50) -> float:
    """The constant c that gives E_mix[f] = 1 with h + c in place of h, from samples h_p of p and h_q of q of any shape.

    c <- c - ln E_mix[f] contracts, since d ln E_mix[f] / dc lies between 0 and 1; where p and q do not overlap it stays at 0.
    It is to be found for each group on its own. `alpha` is that of the training.
    """
    h_p, h_q = (h.double() - math.log((1 - alpha) / alpha) for h in (h_p, h_q))
    c = 0.0
    for _ in range(steps):
        c -= math.log((h_p + c).sigmoid().mean() + (1 - alpha) / alpha * (h_q + c).sigmoid().mean())
    return c

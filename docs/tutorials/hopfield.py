# # From a Hopfield network to its patterns
#
# A Hopfield network stores patterns ξ of ±1 in the couplings of its spins. Its samples in equilibrium are all that we are given:
# can the patterns be had back, in every bit? This network is small enough for everything about it to be known.

import matplotlib.pyplot as plt
import numpy as np

import latentfield
from latentfield.decoding.patterns.scoring import score
from latentfield.systems.hopfield import Hopfield

temperature = 0.6
network = Hopfield(
    size=8, patterns=2, pattern_seed=3, chains=50, draws=60, burn_in=100, spacing=4,
    temperatures={"min": temperature, "max": 1.2, "count": 4},
)  # fmt: skip
print(f"N = {network.n_sites} spins, P = {network.patterns} patterns, T_c = {network.transition}")

# ## Samples
#
# All temperatures are drawn together, for they exchange configurations; the coldest is kept. Below T_c a configuration lies near
# one of the patterns, or its opposite: one overlap m = ξ·s / N is large.

block = network.sample_block(network.temperatures.values, np.random.default_rng(0))[0]
spins = block.reshape(-1, network.n_sites)
overlaps = network.overlaps(block).reshape(-1, network.patterns)
exact = network.exact(temperature)
print(f"{len(spins)} samples; mean energy {network.energy(block).mean():.1f}, exact {exact['energy']:.1f}")

figure, axes = plt.subplots(figsize=(4, 3.6), layout="constrained")
axes.plot(*overlaps.T, ".", markersize=2)
_ = axes.set(xlabel="overlap with pattern 1", ylabel="overlap with pattern 2")

# ## The fit
#
# Nothing but the samples goes in. A model with two latents that has found the mean-field theory of the network reaches, on samples
# that it has not seen, the entropy of the network, which is known here. The settings make this a matter of seconds; leave them out
# for a fit that is meant.

toy = {"mixtures": (8,), "pairwise_steps": 50, "ratio_steps": 50}
found = latentfield.fit(spins, latents=2, name="network", **toy)
row = next(row for row in found.latents if row.d == 2)
independent = found.baselines["independent"]
print(f"{row.nats:.1f} ± {row.se:.1f} nats; exact entropy {exact['entropy']:.1f}; independent spins {independent:.1f}")
print(found.verdict.replace(". ", ".\n"))

# ## The patterns
#
# The decoder turns latents into a field on every spin, and the directions in which it can move that field span the patterns. The
# sign vectors in that span are the patterns themselves, in any order and with either sign.

scored = score(found.patterns, network.xi)
print(f"patterns right in every bit: {scored.exact:.0%}")

figure, rows = plt.subplots(2, 2, figsize=(4, 4), layout="constrained")
for mu, (planted, back) in enumerate(rows):
    planted.imshow(network.xi[mu].reshape(network.shape), cmap="gray")
    back.imshow((scored.sign[mu] * found.patterns[scored.partner[mu]]).reshape(network.shape), cmap="gray")
    planted.set(title=f"planted {mu + 1}", xticks=[], yticks=[])
    back.set(title="recovered", xticks=[], yticks=[])

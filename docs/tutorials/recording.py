# # From a recording to its theory
#
# Does a recording have a latent mean-field theory, and with how many variables? Here the recording is made up, so that the answer
# is known: twenty cells that share one hidden drive z. Given z, cell i is active with the odds exp(2 bᵢ + 2 wᵢ z),
# independently of all others. Your own recording would be an array of 0 and 1, one row for each word, or a file
# (`latentfield fit spikes.npy`).

import matplotlib.pyplot as plt
import numpy as np

import latentfield

rng = np.random.default_rng(1)
cells, words = 20, 4000
b = rng.uniform(-1, -0.4, cells)
w = rng.normal(0, 1, cells)
z = rng.normal(size=(words, 1))
spikes = rng.random((words, cells)) < 1 / (1 + np.exp(-2 * (b + w * z)))
print(f"{words} words of {cells} cells; a cell is active in {spikes.mean():.0%} of them")

# ## The fit
#
# Models with latents, the sum over z carried out exactly, are scored on words that they have not seen, in nats per word: the fewer
# the better. So are models without latents. The settings below make this a matter of seconds; leave them out, and give several
# numbers of latents (`latents=(1, 2, 3)`), for a fit that is meant. `folder="fits/drive"` would keep everything, with a report to
# read.

toy = {"mixtures": (8,), "pairwise_steps": 100, "ratio_steps": 100}
found = latentfield.fit(spikes, latents=1, name="drive", **toy)

for row in found.latents:
    print(f"{row.d} latents: {row.nats:.2f} ± {row.se:.2f} nats per word")
for name, nats in found.baselines.items():
    print(f"{name}: {nats:.2f}")

# The verdict is a paragraph, and what it says is there as numbers too: `found.chosen`, `found.faithful`, `found.missing_nats`.

print(found.verdict.replace(". ", ".\n"))

# ## The theory
#
# A model with a linear decoder is a generalised Hopfield model, P(s) ∝ exp(b·s + K(Wᵀs)): a field on every cell, a stored pattern
# for every latent, and the function K of the overlaps. All three are read off the decoder. Neither the sign of a latent nor its
# unit is in the data, so the pattern is compared with the true weights up to a factor.

theory = found.theory
print(theory.record.kind, *(f"{name} {theory.arrays[name].shape}" for name in ("field", "patterns", "cumulant_k")))
pattern = found.patterns[0]
cosine = abs(pattern @ w) / np.linalg.norm(pattern) / np.linalg.norm(w)
print(f"|cosine| of the pattern with the true weights: {cosine:.2f}")

# ## Words drawn from it
#
# The model can be asked for words of its own. How often are so many cells active at once, and how strongly do pairs vary together?

drawn = found.model.sample(words, 1.0).reshape(words, -1) > 0
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained")
for label, some in (("recording", spikes), ("model", drawn)):
    left.plot(np.bincount(some.sum(1), minlength=cells + 1) / words, "o-", markersize=3, label=label)
left.set(xlabel="active cells K", ylabel="P(K)")
left.legend(frameon=False)
pairs = np.triu_indices(cells, 1)
recorded, modelled = np.cov(spikes.T)[pairs], np.cov(drawn.T)[pairs]
right.plot(recorded, modelled, ".", markersize=4)
right.axline((0, 0), slope=1, color="0.7", zorder=0)
right.set(xlabel="covariance of a pair, recording", ylabel="model")
print(f"correlation of the covariances: {np.corrcoef(recorded, modelled)[0, 1]:.2f}")

"""The running text of the HTML report."""

TITLE = "latentfield: which data have a latent mean-field theory?"

ABOUT = """A variational autoencoder (VAE) is trained on each data set. Its decoder treats all sites as independent once
the latent variables z are given, p(x) = ∫ dz p(z) ∏ᵢ p(xᵢ|z): that is the form of mean-field theory at finite size,
with z as the order parameter and p(z|T) as its distribution at temperature T. Where such a theory holds, the VAE can
reach the entropy of the data, and what it learned is the theory. Where it does not hold, the VAE falls short, whatever
its size. The shortfall is a number: −ELBO, the nats the VAE spends on a configuration it has not seen, is on average
never below the entropy H of the data, and the gap −ELBO − H is the sum of the mismatch of the latents' distribution,
KL(q(z)‖p(z)), and of the total correlation between sites that is left when z is known. For the sampled models H is
known exactly; for the recorded neurons it is not, and independent cells set the scale."""

READING = """Nats are per configuration: all spins, all directors, or one word of all cells. Errors are one standard
error over independent chains, or over words. The gap is measured on the same configurations as −ELBO, each weighed with
its exact probability, so the noise of the energy cancels: it is known better than the difference of its two columns."""

SCORES = """z is the difference between samples of the VAE and the data over its standard error; the worst of some
fifteen temperatures is shown. For a perfect VAE it would stay below about 3 in size."""

NOTES = {
    "ising": """Bonds join nearest neighbours only. No mean-field theory holds what neighbours know of each other: the
VAE can follow the magnetisation, but it misses the energy.""",
    "curie_weiss": """Every spin feels every other one. Mean-field theory with a scalar order parameter is exact here,
so the gap is only what training left.""",
    "hopfield": """Given its overlaps with the stored patterns the spins are independent, and mean-field theory is exact
here too. The latents of this VAE are independent before any data are seen; overlaps are not, and where they exclude
each other, at low temperature, samples of the VAE also show mixtures of patterns that the data do not have.""",
    "maier_saupe": """Given the order tensor the directors are independent: five latents can hold the theory. Nats are
relative to the uniform measure on the sphere of each director, so entropies are negative.""",
    "retina": """A word is the state of all cells in one bin of 20 ms: a cell fires or is silent. No entropy is known,
so the VAE is compared with independent cells. The importance-weighted number is a tighter bound on the same
likelihood.""",
}

CAPTIONS = {
    "observables": """Order parameter, susceptibility, Binder cumulant and energy per site against temperature: data,
samples of the VAE, and exact values where known. The strips show VAE minus data in units of its standard error σ; grey
is ±2σ. Dashed: the transition of infinitely many sites.""",
    "nats": """Against temperature: the gap between −ELBO and the exact entropy (−ELBO itself where that is unknown),
and the rate, which bounds the information about a configuration that the latents carry.""",
    "words": """Probability of K active cells, firing probabilities, overlaps of pairs of words, and nats per word:
held-out words, words of the VAE, and independent cells.""",
}

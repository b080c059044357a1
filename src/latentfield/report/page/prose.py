"""The running text of the HTML report.

Plain text in several lines: it is escaped, and where it stands in captions its white space is folded, before it becomes HTML.
"""

TITLE = "latentfield: which data have a latent mean-field theory?"
"""Title of the window and heading of the page, also of a page of a fit."""

ABOUT = """A variational autoencoder (VAE) is trained on each data set. Its decoder treats all sites as independent once
the latent variables z are given, p(x) = ∫ dz p(z) ∏ᵢ p(xᵢ|z): that is the form of mean-field theory at finite size,
with z as the order parameter and p(z|T) as its distribution at temperature T. Where such a theory holds, the VAE can
reach the entropy of the data, and what it learned is the theory. Where it does not hold, the VAE falls short, whatever
its size. The shortfall is a number: −ELBO, the nats the VAE spends on a configuration it has not seen, is on average
never below the entropy H of the data, and the gap −ELBO − H is the sum of the mismatch of the latents' distribution,
KL(q(z)‖p(z)), and of the total correlation between sites that is left when z is known. For the sampled models H is
known exactly, or integrated over temperature to a stated error; for the recorded neurons it is not, and independent
cells set the scale."""
"""The question and its measure, in one paragraph: -ELBO >= H, and the gap -ELBO - H = KL(q(z)||p(z)) + TC."""

READING = """Nats are per configuration: all spins, all directors, or one word of all cells. Errors are one standard
error over independent chains, or over words. The gap is measured on the same configurations as −ELBO, each weighed with
its exact probability, so the noise of the energy cancels: it is known better than the difference of its two columns."""
"""How to read the summary; it stands below the table."""

SCORES = """z is the difference between samples of the VAE and the data over its standard error; the worst over temperatures,
distances, cells or words is shown. For a perfect VAE it would stay below about 3 in size, where there are many below about 4."""
"""What the worst z means, below its table: the largest of many normal numbers is not of size 1."""

CRITERION = """The capacity criterion: the gap of every VAE of the study against its capacity and its rate, in units of the largest
information that is known across a cut; a VAE without a gap lies to the right of the line. Below: the smallest rate that was enough,
and open, with an arrow, the largest that was not, beside the information across each cut, for networks of P patterns and lattices
of edge L."""
CAPTIONS = {
    "fit": """Left: nats per held-out word against the number of latents, beside models without a latent variable; lower is better.
Right: what the encoder carries, the correlation between sites that the latents leave, by a network and from below by the best
model on the left, and the information that the two sides of the strongest cut share at least. A faithful VAE carries at least that
much.""",
    "directions": """How each latent acts on the sites: the sources whose signs are the patterns, in units of their mean modulus,
where the latents are found to act along patterns of ±1; else the change of every half-logit with the latent.""",
    "curved": """The fit with a curved decoder. Left: the probability of every site along the latent, or along the direction of most
spread, in stretches of as many words each. Middle: the fields at the nodes of the latents, in the metric of the sites'
information; the larger a circle, the more words. Right: shares of the directions of these fields; a linear decoder fills as many
as it has latents.""",
    "observables": """Order parameter, susceptibility, Binder cumulant, energy per site, and for spins on a torus the second-moment
correlation length and the correlation function G(r): data, samples of the VAE, and exact values where known. The strips show VAE
minus data in units of its standard error σ; grey is ±2σ. Dashed: the transition of infinitely many sites.""",
    "nats": """Left: the gap −ELBO − H, which audits the VAE without a network, and the total correlation that a network finds left
between sites when the latents are known. The gap is its upper bound. Triangles: the network saturates, and at least this much is
left. Null run: the same network where nothing is left. Right: the rate of the encoder, its useful part I(x; z), its excess
KL(q(z)‖p(z)), and what the encoder's precision would allow.""",
    "posterior": """Distribution of each latent below and above the transition: aggregate posterior, which is what data fill, and
prior, from which the VAE draws.""",
    "words": """Probability of K active cells, overlaps of pairs of words, firing probabilities, pairwise covariances, probabilities
of words of ten cells, and the importance-weighted bound against the number of draws: held-out words, words of the VAE, and
independent cells.""",
    "ladder": """Nats per held-out word of models fitted to the same training words; lower is better. The distance between the VAE
and the best of them is what the VAE is known to leave.""",
    "residuals": """Ridge regression of the log ratio of data to decoder on the deviation of single sites from what the decoder
expects, and on products of two of them. A faithful decoder leaves no pattern. On a lattice pairs are averaged over all of equal
displacement. Explained fractions are measured on configurations that the regression has not seen.""",
    "theory": """What the decoder knows. Hopfield network: overlaps of recovered with true patterns, the sources whose signs they
are, and what other ways to patterns recover. Curie-Weiss: the coupling in units of T, and the field on a spin against the
magnetisation, with the lines of mean-field theory. Nematic: the five coordinates of the order tensor from the latents, and the
field on a director against the molecular field. Retina: field and patterns of the generalised Hopfield model, densities of its
latents, its cumulant generating function K about the mean pull of the words, and words drawn from it against held-out ones.""",
    "loads": """Patterns of Hopfield networks of 256 spins from samples, against the load P/N (dashed: the storage limit,
0.138), from samples below T = 1, of all temperatures, and above T_g = 1 + sqrt(P/N). Mean cos² of the angles between the span found
and that of the patterns, fraction of patterns recovered in every bit by the same search, and fewest samples that gave all of them;
open symbols with arrows: the largest number tried was not enough.""",
    "latents": """Nats per held-out word of the recording against the number of latents of a VAE with a linear decoder, beside
models without a latent variable. On the random split every moment of the movie is also in the training words; the movie split
holds out a piece of it.""",
    "capacity": CRITERION,
    "capacity_full": CRITERION,
    "panel": """From left to right: order parameter, susceptibility with the correlation length or the Binder cumulant as inset,
and what the latents leave: the audit's gap as a band, the total correlation found by a network, and as inset the map of pairs, by
displacement, on which the log ratio of data to decoder depends.""",
}
"""Caption of each figure by the stem of its file, and by their order that in which figures stand in a section (`section.chosen`).

A figure whose stem is not here stands last, with its stem as caption.
"""

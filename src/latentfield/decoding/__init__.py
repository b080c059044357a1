"""From a trained decoder back to the theory: the microscopic parameters of the system it was trained on.

patterns         the entry: stored patterns of a Hopfield network, from a decoder or from any matrix
jacobian         d logit_i / d z_k of a decoder of spins
subspace         spans, the angles between them, and the linear baseline from samples
unmixing         sign vectors, their sources and confidences; independent components as baseline
binary_search    all sign vectors of a span, by relaxed reflections
joint_decoding   all patterns at once against the noise of the span
inverse_ising    couplings from samples by pseudo-likelihood, the baseline without a latent variable
scoring          against the true patterns, which recovery never sees
recalled         the recovered network, checked against data without the truth
"""

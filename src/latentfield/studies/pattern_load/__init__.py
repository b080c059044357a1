"""Patterns of Hopfield networks against load and number of samples.

    plan          loads, temperatures, samples and trainings, as parameters
    study         the whole
    training      its VAEs
    convergence   whether chains are in equilibrium
    record        the outcome as JSON

The question is the paper's section V.2. The Jacobian of the logits is J = xi R with an unknown R (eq. (31)), so that a
trained decoder holds the patterns: up to which load, from how many samples, and does it take a VAE? The paper reports
recovery far beyond the storage limit alpha_c = 0.138 of Amit, Gutfreund and Sompolinsky. Two things can fail and are
measured apart: the span, which is what was learned, and the unmixing within it. The peers of the VAE have no latents:
the second moments of the same samples, and couplings fitted to them (inverse Ising). The planted patterns serve for
scores alone; only their number is told.
"""

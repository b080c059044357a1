"""Words of a recording: likelihoods, statistics, and the models that a VAE is held against.

parts          the words under a split, with the units of their errors
likelihood     importance-weighted ln P under a VAE
statistics     held-out words against words of a model, with z for every entry
agreement      words of a VAE among these
baselines      independent sites, law of their number
mixture        mixtures of independent sites
pairwise       the pairwise maximum-entropy model; `inverse_ising`, by pseudo-likelihood; `annealing`, its ln Z
ladder         models scored on the same words, and what follows from it
evaluate       everything measured on the VAE of a recording
"""

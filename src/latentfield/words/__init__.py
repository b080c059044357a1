"""Words of a recording: likelihoods, statistics, and the models that a VAE is held against.

likelihood   importance-weighted ln P under a VAE
statistics   held-out words against words of a model, with z for every entry
baselines    independent sites, law of their number, mixtures
pairwise     the pairwise maximum-entropy model
ladder       all of these on one split
evaluate     everything measured on the VAE of a recording
"""

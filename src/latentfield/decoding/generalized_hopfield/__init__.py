"""A VAE of spins with a linear decoder, written as a generalised Hopfield model.

model           field, patterns and the cumulant generating function K; likelihoods, words
tilted          the tilted density and K on nodes
gauge           one choice of latents out of the many that say the same
cumulants       K along latents, and how far from quadratic
nodes           sums over nodes: grids and clouds
grid            how fine a grid has to be
prior_measure   the prior's measure along one latent, and its Gauss rules
"""

"""What is measured on a trained VAE: nats against exact entropies, and observables of its samples against data.

    elbo                    distortion, rate and -ELBO; the audit against an exact ln P, which bounds all that the VAE misses
    surgery                 the rate as useful information and what a better prior would save
    capacities              what posteriors of their precision could carry
    total_correlation       what the latents leave, by a network (`density_ratio`, `ratio_heads`, `ratio_losses`)
    residual_correlation    the same with its maps: which sites and pairs it is made of (`residual_maps`)
    observables             order parameter, susceptibility, Binder cumulant, energy, correlations, samples against data
    latent_densities        aggregate posterior and prior of each latent, for a figure
    evaluate                all of these for the VAE of a sampled system; for that of a recording, `words.evaluate`

Nats are those of a whole configuration, not per site. Every estimate has a standard error; what it leaves out is said where it
is made.
"""

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

Words are ±1, int8, (n, N): a bin of a recording with N cells, or any binary configuration; +1 is active. Everything is
in nats per word, and "ln P" of words is an array (n,), so that differences of models are taken word by word. The
entropy of a recording is not known, and no model here is exact: a model is compared with other models, and each bounds
what the others miss.

Standard errors are those of units, single words or clusters of them (`samples.splits.units`), and of words alone: that
models were fitted to a finite training part is not in them.
"""

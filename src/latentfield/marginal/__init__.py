"""Exact marginal likelihood of few latents: a decoder, and a prior that is free on nodes.

    p(x) = sum_g pi_g prod_i p(x_i | z_g),    p(x_i = +1 | z) = sigmoid(l_i(z)),    l(z) = b + W z

or a curved one (`decoder`). The sum over z is carried out, so that nothing is lost to an encoder, a form of the prior or a bound.
Weights pi, nodes z and decoder are fitted by expectation and maximisation (Bock and Aitkin 1981, Psychometrika 46, 443):

    r_ng = pi_g p(x_n | z_g) / p(x_n)                                             responsibilities
    n_g = sum_n r_ng,    A_gi = sum_n r_ng [x_ni = +1]                            what the maximisation needs of the words
    Q = sum_g n_g ln pi_g + sum_gi (A_gi l_gi - n_g softplus(l_gi))               raised by pi_g = n_g / n and by Newton's steps

    active      words as lists of the sites that are not in their usual state
    expectation n_g, A_gi and ln p of all words, compiled
    linear      Newton's steps of a linear decoder and its nodes; `curved`, gradient steps of a network
    free_prior  nodes and weights for a decoder as it is
    fit         the whole, from the words to a model; `tempered`, at several temperatures; `of_samples`, of a sample set
    as_vae      what is found as a VAE
    certificate how much any other prior could gain
    model       what is found

Of a fixed decoder the likelihood is concave in the prior, its maximum has finitely many nodes (Lindsay 1983, Ann. Stat. 11, 86),
and what any prior can still gain is bounded (`certificate`). Nats are per word.
"""

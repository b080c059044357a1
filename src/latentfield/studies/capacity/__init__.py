"""The capacity criterion put to the test: VAEs of growing capacity on systems of growing information, and where they break.

    instances   systems at a temperature, and the VAEs trained on them, as parameters
    plan        which of them, grid and search
    data        the configurations of an instance, ln Z and the information across its cuts
    trial       one VAE: trained, measured, judged
    objective   one trial, told and pruned
    search      the trials of an instance as an Optuna study
    storage     where trials are kept
    workers     the processes that carry them out
    criterion   the arithmetic of verdicts
    study       the whole

The question is the paper's eq. (27): a VAE that reproduces the law of its data has a rate of at least the largest
mutual information across a cut of the sites. The two systems stand on either side of it. Given the P components of its
field the spins of a Hopfield network are independent, so no cut carries more than (P/2) ln N + O(1) nats (eq. (61)),
and P latents should do. The Ising torus has no such field; its half cut grows with L (eq. (62)), its checkerboard
cut with L^2.

Nothing is judged by another network: gap and cuts are exact, or estimates with standard errors. The criterion is
necessary, not sufficient. One faithful VAE whose rate is below a cut by more than its gap would refute it; an
unfaithful one whose rate is above every cut does not.
"""

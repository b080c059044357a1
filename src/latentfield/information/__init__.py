"""Information across cuts: what any faithful latent description must carry.

Given the latent z of a faithful VAE the sites are independent, so z has to carry all that the two sides (A, B) of any
cut know about each other: rate >= I_q(x; z) >= I(A; B) (data processing; paper, eqs. (52) and (53)). Here are those I(A; B), in
nats, exact where they can be. A rate below one of them proves in advance that a VAE is not faithful; a rate above proves nothing.

    cuts                  the entry: any sampled system, by its half and checkerboard cuts
    known                 all of it for one system at one temperature, with reasons where there is no answer
    ising_stripes         stripes of the torus, cylinder and box, by transfer matrix (`transfer_matrix`)
    ising_checkerboard    the two sublattices of the Ising torus: a cut that passes through every site
    curie_weiss_blocks    any blocks of sites, up to a million spins
    hopfield_blocks       any set of sites, for a few patterns
    hopfield_samples      any cut, for any number of patterns, from samples
    field_lattice         the law of the Hubbard-Stratonovich field as a finite mixture
    field_bound           I(x; m) of that field, which bounds every cut of a mean-field model
"""

"""The capacity criterion, right-hand side: what any faithful latent description must carry across a cut.

Given the latent z of a faithful VAE the sites are independent, so z has to carry all that the two sides (A, B) of any
cut know about each other: rate >= I_q(x; z) >= I(A; B). Here are those I(A; B), in nats, exact where they can be.

    mutual_information   the entry: any sampled system, by its half and checkerboard cuts
    closed_form          all of it for one system at one temperature, with reasons where there is no answer
    ising_cuts           stripes of the torus, cylinder and box, by transfer matrix
    checkerboard         the two sublattices of the Ising torus: a cut that passes through every site
    curie_weiss          any blocks of sites, up to a million spins
    hopfield             any set of sites, for a few patterns
    sampled_hopfield     any cut, for any number of patterns, from samples
    field_bound          I(x; m) of the Hubbard-Stratonovich field, which bounds every cut of a mean-field model

And the criterion itself, put to the test:

    criterion            verdicts on rates and gaps, and the inequality that every VAE obeys
    study                VAEs of growing capacity on systems of growing information
"""

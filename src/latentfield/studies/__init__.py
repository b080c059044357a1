"""Studies of many trainings: capacity, pattern load, number of latents; each with its plan as parameters.

- `capacity`: do VAEs fail where their rate is below the mutual information across a cut (paper, eq. (27))? Peers: that
  information, ln Z and entropy, exact or with an error.
- `pattern_load`: up to which load P/N do the patterns of a Hopfield network come back from samples (paper, section
  V.2)? Peers: the planted patterns, second moments, inverse Ising.
- `latent_number`: how many latents do the words of a recording ask for (paper, section VI)? Its entropy is not known,
  so there is no exact peer: models without latents stand beside the VAEs.

Each has a `plan`, its parameters from `params.yaml`, a `record`, what it leaves as JSON in `reports/studies`, and a
`study` that does the work. Random numbers follow from the seed and from what is done, not from the order in which it is
done, so that a study that was killed and goes on ends with the numbers of an uninterrupted one on the same machine.
Only seconds differ.
"""

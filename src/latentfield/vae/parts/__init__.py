"""What a VAE is put together from: encoders, priors, decoders and likelihoods, each kind with a base class that says what a member
must offer; `table` names the members.
"""

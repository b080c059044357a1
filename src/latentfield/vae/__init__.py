"""Variational autoencoders whose decoder is conditionally independent given the latents.

With latents z, temperature T and sites x_i, the model is p(x|T) = ∫ dz p(z|T) prod_i p(x_i|z,T): exactly the form of a
finite-size mean-field theory with order parameter z. Training minimises

    -ELBO = E_q(z|x,T)[ ln q(z|x,T) - ln p(z|T) ] + E_q(z|x,T)[ -ln p(x|z,T) ] = rate + distortion    (nats).

`parts` holds encoders q(z|x,T), priors p(z|T), decoders (z,T) -> the parameters of p(x_i|z,T) and likelihoods p(x_i|.);
an `architecture` names one of each, `model` puts them together, a `schedule` says how `training` fits them, and the `record` beside
the weights where they come from. Loading a trained model needs neither `data` nor `training`.
"""

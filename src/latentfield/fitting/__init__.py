"""Does a recording have a latent mean-field theory, and with how many variables?

settings    what is tried, and how long
training    one VAE, trained and scored
cuts        information across a cut of the sites, bounded from below by samples
choice      the smallest number of latents that is enough, and what it misses
chosen      everything measured on the VAE that was chosen, and its theory
verdict     all of it in plain words
study       the whole, from words to a folder
"""

"""Does a recording have a latent mean-field theory, and with how many variables?

settings    what is tried, and how long
training    one VAE, trained and scored
others      models without latents; `pairs`, the pairwise one
cuts        information across a cut of the sites; `paired`, its lower bound from samples
models      all of them, in files, by several processes
choice      the smallest number of latents that is enough, and what it misses
shown       everything measured on the VAE that the report shows
theory      what is read off it
verdict     all of it in plain words
record      all of it as plain data
study       the whole, from the words in a store to what is found
result      what a user gets
"""

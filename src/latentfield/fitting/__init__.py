"""Does a recording have a latent mean-field theory, and with how many variables?

    settings            what is tried, and how long
    work                what every process of a fit is given
    making              models with latents, fitted exactly or trained
    training            one of them, tested; independent sites
    workers             all models, in files, by several processes
    choice              the smallest number of latents that is enough, and what it misses
    cut_search          information across a cut of the sites; `contrastive_bound`, its lower bound from samples
    theory              what is read off the VAE that is shown
    verdict             all of it in plain words
    record              all of it as one record
    study               the whole, from the words in a store to what is found
    folder              from an array to a folder of results; `result`, what a user gets

The data are binary words, whose order counts for the splits alone. Nats are per word, and models are compared on held-out words.
"""

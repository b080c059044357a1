"""Where things are and what they come from: the checkout, scratch folders, provenance.

    root         the checkout, found from anywhere below it, and its folder `scratch/`
    scratch      a folder for unfinished work, with one process in it at a time
    provenance   fingerprints of settings, sources and data, which name unfinished work and stand in every record
    compiled     where Numba keeps machine code

It imports nothing of the package but `errors`: every other room may use it.
"""

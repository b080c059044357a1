"""Sample sets: drawn, stored, split.

    drawing   a sample set of a system, block by block, resumable
    store     Zarr groups, checked chunk by chunk
    splits    which words of a recording train, choose and test

A sample set is a folder NAME.zarr: `data/samples/SYSTEM.zarr` and `data/samples/retina.zarr` of the pipeline, `samples.zarr`
of a fit. The held-out part of a sampled system is whole blocks of whole Markov chains, told by position alone; that of a
recording is a matter of choice, and every choice that there is has its labels in the store.
"""

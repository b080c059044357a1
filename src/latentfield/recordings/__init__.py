"""Anyone's recording: from the file it is in to a sample set like those of the sampled systems.

files       arrays in .npy, .npz, .mat and .zarr (`chunks`), read slice by slice
tables      .csv
values      0 and 1, or -1 and 1, as spins
words       layout and sites: what a data set must be
splits      which words train, choose and test
importing   all of these, into a store
"""

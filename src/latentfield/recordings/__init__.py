"""Anyone's recording: from the file it is in to a sample set like those of the sampled systems.

files       arrays in .npy, .npz, .mat and .zarr, read slice by slice
tables      .csv
words       layout, values, sites: what a data set must be, checked, as spins ±1
splits      which words train, choose and test
importing   all of these, into a store
"""

"""Anyone's recording: from the file it is in to a sample set like those of the sampled systems.

    files         arrays in .npy, .npz, .mat and .zarr (`chunks`), read slice by slice
    tables        .csv
    values        0 and 1, or -1 and 1, as spins
    words         layout and sites: what a data set must be
    store_words   all of these, into a store, with labels of which words train, choose and test (`samples.splits`)
    retina        the recording of the paper, and what stands in for it where it cannot be had

Words are binned and thresholded before they come here; nothing here draws a conclusion from them (`fitting`).
"""

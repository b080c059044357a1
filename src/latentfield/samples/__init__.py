"""Sample sets: drawn, stored, split.

drawing   a sample set of a system, block by block, resumable
store     Zarr groups, checked chunk by chunk
splits    which words of a recording train, choose and test
"""

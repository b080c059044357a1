"""From a trained decoder back to the theory: the microscopic parameters of the system it was trained on.

decode                 the entry: the theory of any VAE
theory                 what was read off, as files that run no code
hopfield               patterns, how far to trust them, and how others would do (`patterns`)
curie_weiss            the coupling
maier_saupe            the order tensor and the molecular field
generalized_hopfield   field, patterns and cumulant generating function of a linear decoder of spins
"""

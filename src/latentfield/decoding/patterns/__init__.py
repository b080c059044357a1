"""Stored patterns, from a decoder or from any matrix whose columns span them.

recovery         the entry
jacobian         d logit_i / d z_k of a decoder of spins
subspace         spans, the angles between them, and the linear baseline from samples
unmixing         sign vectors, their sources and confidences; independent components as baseline
binary_search    all sign vectors of a span, by relaxed reflections
joint_decoding   all patterns at once against the noise of the span
scoring          against the true patterns, which recovery never sees
stability        whether trainings from several seeds find the same
network_check    the recovered network, checked against data without the truth
"""

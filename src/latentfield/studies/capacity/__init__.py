"""The capacity criterion put to the test: VAEs of growing capacity on systems of growing information, and where they break.

instances   systems at a temperature, and the VAEs trained on them, as parameters
plan        which of them, grid and search
data        the configurations of an instance, ln Z and the information across its cuts
trial       one VAE: trained, measured, judged
objective   one trial, told and pruned
search      the trials of an instance as an Optuna study
storage     where trials are kept
workers     the processes that carry them out
criterion   the arithmetic of verdicts
study       the whole
"""

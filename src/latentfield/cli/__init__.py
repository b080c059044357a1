"""The `latentfield` command.

app         the command, and what belongs to no other group
fit         fits of own recordings
study       the capacity study
decoders    the model registry
"""

"""The hot loops of the samplers, compiled, and their random numbers."""

"""Studies of many trainings: capacity, pattern load, number of latents; each with its plan as parameters."""

"""How many collective variables a recording has: the plan of the study, and the study."""

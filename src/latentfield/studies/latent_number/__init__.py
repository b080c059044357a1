"""How many collective variables a recording has: the plan of the study, the study, and its record.

The paper describes the words of 160 retinal cells by two latents (section VI) and compares summary statistics. Here
VAEs of other numbers of latents, and models of none, are scored on the same held-out words in nats, and trainings that
differ in their seeds say whether patterns and cumulant function are properties of the data. The entropy of a recording
is not known: numbers of latents are compared with each other, and nothing says that the best of them is faithful.
"""

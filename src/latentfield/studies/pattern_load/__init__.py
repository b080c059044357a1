"""Patterns of Hopfield networks against load and number of samples.

plan          loads, temperatures, samples and trainings, as parameters
study         the whole
training      its VAEs
convergence   whether chains are in equilibrium
"""

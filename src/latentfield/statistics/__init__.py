"""Estimates with standard errors, and the autocorrelation times that they need."""

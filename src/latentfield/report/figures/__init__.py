"""Figures, drawn from records (JSON) and tables (CSV) alone: nothing here measures or trains.

one_vae, theories      the figures of one VAE, and of what was decoded from it
overview, panel        all VAEs together
studies                those of the studies: capacity_study, pattern_load, latent_number
canvas                 the look of all
"""

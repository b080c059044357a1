"""Figures, drawn from records (JSON) and tables (CSV) alone: nothing here measures or trains.

one_vae            the figures of one VAE; its panels lie in curves, maps, words, shortfall, latent_densities
overview, panel    all VAEs together
theories           what was decoded from one VAE
studies            those of the studies
canvas             the look of all
"""

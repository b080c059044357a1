"""Figures, drawn from records (JSON) and tables (CSV) alone: nothing here measures or trains.

    one_vae            the figures of one VAE; its panels lie in curves, maps, words, shortfall, latent_densities
    overview, panel    all VAEs together
    theories           what was decoded from one VAE
    studies            those of the studies
    canvas             the look of all

Every figure is written as PNG and as SVG, and the same record and tables give the same bytes under the same matplotlib:
no date and no random number enters. matplotlib itself is imported where something is drawn, so that importing these
modules costs little.

Nats are per configuration, of all its sites, or per word of a recording; temperatures are in units of the coupling J.
An error bar is one standard error to either side. The errors are those of the records: chains are the units of a
sampled system, clusters of words or single words those of a recording, and what another seed of the training would have
given is in none of them but the cumulants of `studies.latent_number`. Where a panel differs (a band of two standard
errors, the error of a paired difference, none at all), its function says so.

A value that is only a lower bound has an open symbol of its own, with an arrow upwards in the studies. Tables have NaN
or no column where nothing is known, and nothing is drawn there. A frequency of zero has no place on a logarithmic axis
and is left out.
"""

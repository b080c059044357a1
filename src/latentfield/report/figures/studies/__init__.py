"""The figures of studies, by their records: capacity, pattern_load, latent_number; `table` says which draws which.

Each has a function `draw` that takes the record of a study (reports/studies/NAME.json), draws one figure in a folder
and returns its two files. No tables are read: a study keeps all that is drawn in its record.
"""

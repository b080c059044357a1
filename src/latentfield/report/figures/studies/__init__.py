"""The figures of studies, by their records: capacity, pattern_load, latent_number; `table` says which draws which."""

"""The HTML report: its page, the section of a VAE, its tables and its words.

page            the whole file, from the folder of reports
section         one VAE: figures, nats, agreement with the data, theory, origin
tables          the summary of all VAEs, for the page and for terminals
theory_table    a decoded theory in a few lines, for both, too
prose           the running text and the captions
"""

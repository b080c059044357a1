"""Figures, tables and the HTML report, drawn from the metrics and curves that `evaluate` wrote.

labels      what things are called on paper, and in which order they stand
figures     every figure, from records and tables
page        the HTML page of all VAEs, and the tables that terminals show, too
fit_page    the page of a fit of anyone's recording

Nothing is measured here and no model is loaded: a report can be made anew wherever records, tables and theories are. The same input
gives the same bytes.
"""

"""Figures, tables and the HTML report, drawn from the metrics and curves that `evaluate` wrote."""

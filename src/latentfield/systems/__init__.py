"""Where configurations come from: one module per system, one table (`table.SYSTEMS`)."""

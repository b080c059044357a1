"""Where things are and what they come from: the checkout, scratch folders, provenance."""

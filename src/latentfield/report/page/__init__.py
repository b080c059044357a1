"""The HTML report: its page, the section of a VAE, its tables and its words."""

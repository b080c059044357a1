"""latentfield: does a many-body data set have a latent mean-field theory, and which one?"""

__version__ = "0.1.0"

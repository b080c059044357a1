"""The one error a user is meant to read: what was got, what is allowed, where."""


class LatentfieldError(Exception):
    """A mistake in the input or the surroundings that the user can mend; commands print it and exit with code 2."""

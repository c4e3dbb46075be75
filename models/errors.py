"""What can go wrong with a model, in one line each: what, where, and what to do."""


class ModelError(Exception):
    """A model that cannot be found, read, trusted or used as asked."""


class OutOfMemory(ModelError):
    """A batch that does not fit; a translator halves it and goes on, and gives up at one segment."""

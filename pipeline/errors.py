"""What can go wrong for a user, one class per exit code.

Everything a user can cause is a `ZhaiyiError` whose text is one line: where, what is wrong, what to do. They are
caught once, in `pipeline.cli`. Errors of the model layer (`models.errors`) are separate and caught in the same place.
"""

EXIT_INTERNAL, EXIT_USAGE, EXIT_SOME_FAILED, EXIT_INTERRUPTED = 1, 2, 3, 130


class ZhaiyiError(Exception):
    """Base of all errors a user can cause; `exit_code` is what the command line ends with."""

    exit_code = 2


class InputError(ZhaiyiError):
    """Input that cannot be read: a missing file, a broken line, a page without an abstract."""


class RecordError(InputError):
    """One record of an otherwise readable input is unusable; the rest goes on.

    `record_id` is what is known of its identity, for `failed.jsonl`.
    """

    def __init__(self, message: str, record_id: str = "") -> None:
        super().__init__(message)
        self.record_id = record_id


class ConfigError(ZhaiyiError):
    """Options or a configuration file that make no sense together."""


class RunError(ZhaiyiError):
    """A run folder that cannot be used: locked, made with other options, not writable, disk full."""


class PushError(ZhaiyiError):
    """A data set that cannot be pushed: no token, no right, a card changed by others, a hub that cannot be reached."""

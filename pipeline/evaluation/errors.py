"""Errors of an evaluation that a user can mend."""


class EvaluationError(ValueError):
    """Something is missing, malformed or too small to be scored; the message names it and the mend in one line."""

"""What `fuzz` raises about what a user asked for."""

from __future__ import annotations


class UsageError(Exception):
    """A request that cannot be carried out. The message is one line: what was wrong, where, what would be right.

    The command line prints it to standard error and ends with status 2.
    """

"""The account of the operating system that runs a command, for the audit trail."""

import getpass


def server_account() -> str:
    """Return the operating system's user name, empty if it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""  # some containers run under a user ID without a name

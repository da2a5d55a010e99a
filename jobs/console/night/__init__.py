"""One night: when each execution began and ended, and how many ran at once."""

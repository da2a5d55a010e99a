"""Wall screens: a badge and a JSON status of some hotels, for screens without a log-in."""

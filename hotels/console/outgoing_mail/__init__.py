"""The page of the e-mails that are written to files instead of being sent."""

"""The pages of alerts, their rules and channels."""

"""Shared parts of the management commands: arguments, output, signals, system checks."""

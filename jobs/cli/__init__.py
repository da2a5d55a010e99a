"""What the management commands share: arguments, output, signals."""

"""The availability calendar."""

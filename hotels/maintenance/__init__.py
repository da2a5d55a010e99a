"""Preventive maintenance and work orders (domain rule 2)."""

"""Seals of audit entries and issued documents."""

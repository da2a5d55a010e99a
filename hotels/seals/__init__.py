"""Seals of audit entries and issued documents: changes past the application become visible.

The tick seals new rows; `manage.py verify_books` compares all rows with their seals
(docs/adr/0026).
"""

from hotels.seals.sealing import seal_books
from hotels.seals.verifying import Anchor, Broken, Verification, verify

__all__ = ["Anchor", "Broken", "Verification", "seal_books", "verify"]

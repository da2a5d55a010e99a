"""The page that issues the proposed credit note of a folio."""

"""The pages that issue credit notes: for an invoice, or as proposed for a folio."""

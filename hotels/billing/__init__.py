"""Invoices and credit notes: content, numbering, issuing, printing."""

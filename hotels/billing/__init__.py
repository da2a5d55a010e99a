"""Invoices and credit notes: what they say, how they are numbered, how they are issued."""

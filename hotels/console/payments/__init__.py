"""The pages that record, refund, move and settle payments, each with a preview."""

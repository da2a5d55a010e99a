"""Web Push: notices on the phones and computers of staff, without an app."""

"""Memberships of hotels: invitations, and accounts made to accept one."""

"""No-shows, and what a manager decides about them."""

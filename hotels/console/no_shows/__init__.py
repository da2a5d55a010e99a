"""No-shows and the decisions of managers about them."""

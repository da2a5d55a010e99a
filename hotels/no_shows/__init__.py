"""No-shows: rules, decisions, their effects on bookings and folios, and managers' actions."""

"""Work orders, grouped by due date."""

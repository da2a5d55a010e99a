"""Work orders by due date."""

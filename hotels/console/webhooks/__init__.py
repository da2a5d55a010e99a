"""Pages of webhook endpoints and of deliveries to them."""

"""Page that changes the currency of a hotel."""

"""The pages on which managers change the texts and the look of a hotel's e-mails."""

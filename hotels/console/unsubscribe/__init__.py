"""The page on which the recipient of an e-mail unsubscribes."""

"""Console pages for a hotel's daily work, inside the admin's layout.

Every page requires a membership, shows only the user's hotels and checks the same table of roles
as the admin.
"""

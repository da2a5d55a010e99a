"""The pages of a hotel's day: what people look at and do, in the admin's frame.

Every page is for members, shows only their hotels, and asks the same table of roles as the admin.
"""

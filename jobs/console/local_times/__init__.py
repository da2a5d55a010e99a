"""Local times: schedules that make no sense in a hotel, and the action that sets better ones."""

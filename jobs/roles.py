"""Actions on jobs and the roles that may take them. `JobsConfig` imports this module."""

from functools import cache

from hotels.roles import MANAGEMENT, OFFICE, Access, Role, register_action

RUN_JOBS = register_action("run a job now", roles=MANAGEMENT)
# Those who see an item, except viewers.
MARK_ITEMS = register_action(
    "acknowledge and snooze items of Home", roles=frozenset(Role) - {Role.VIEWER}
)
# The jobs that Home shows to roles outside the office; the office follows all jobs.
JOBS_FOLLOWED = {
    Role.HOUSEKEEPING: frozenset({"daily-housekeeping"}),
    Role.MAINTENANCE: frozenset({"maintenance-schedule"}),
}


def follows(*, access: Access, job_name: str, hotel_id: int) -> bool:
    """Return whether Home shows the job in that hotel to the user."""
    return access.has_role(roles=_followers(job_name), hotel_id=hotel_id)


@cache
def _followers(job_name: str) -> frozenset[Role]:
    staff = {role for role, names in JOBS_FOLLOWED.items() if job_name in names}
    return OFFICE | staff

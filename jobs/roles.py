"""Actions on jobs and the roles that may take them. `JobsConfig` imports this module."""

from hotels.roles import MANAGEMENT, register_action

RUN_JOBS = register_action("run a job now", roles=MANAGEMENT)

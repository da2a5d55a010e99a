"""How much the tests try: `make test THOROUGH=yes` tries more, before a release.

With it, tests that need no other database than one run on both all the same, and real bookings are
replayed over a whole season on both.
"""

import os

THOROUGH = os.environ.get("THOROUGH", "no") == "yes"

"""Addresses of Apprise that are accepted: services of known vendors, at their own hosts.

Apprise knows some 150 services. Many let the address choose the host (`json://`, `gotify://`) or
read files and programs of this machine (`file:`, `dbus:`), and some parameters name a file to read
(`?template=`). So only services whose host the vendor owns are accepted, and few parameters.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.utils.translation import gettext as _

# Scheme and name of the service. Each sends to hosts of its vendor only.
SERVICES: Mapping[str, str] = {
    "clickatell": "Clickatell (SMS)",
    "clicksend": "ClickSend (SMS)",
    "discord": "Discord",
    "gchat": "Google Chat",
    "ntfy": "ntfy.sh",
    "msgbird": "MessageBird (SMS)",
    "opsgenie": "Opsgenie",
    "pagerduty": "PagerDuty",
    "plivo": "Plivo (SMS)",
    "pover": "Pushover",
    "prowl": "Prowl",
    "signl4": "SIGNL4",
    "slack": "Slack",
    "tgram": "Telegram",
    "threema": "Threema",
    "twilio": "Twilio (SMS)",
    "vonage": "Vonage (SMS)",
    "workflows": "Microsoft Teams",
    "wxteams": "Webex",
}
# Microsoft's own hosts of the webhooks of Teams.
TEAMS_HOSTS = (".logic.azure.com", ".api.powerplatform.com")
PARAMETERS = frozenset({"priority", "region", "from", "to", "thread", "topic"})
LONGEST = 1000
_SCHEME = re.compile(r"([a-z0-9]+)://")


class AddressRefused(ValueError):
    """An address that is not accepted; the text says why, without the address."""


def service_of(address: str) -> str:
    """Return the name of the service of an address; raises AddressRefused if it is not accepted."""
    found = _SCHEME.match(address)
    if found is None or not address.isascii() or not address.isprintable() or " " in address:
        raise AddressRefused(_("Enter an address such as slack://token/token/token/#channel."))
    if len(address) > LONGEST:
        raise AddressRefused(_("The address is too long."))
    scheme = found[1]
    if scheme not in SERVICES:
        names = ", ".join(f"{name}://" for name in SERVICES)
        raise AddressRefused(
            _("Use the address of one of these services: %(names)s") % {"names": names}
        )
    plugin_of(address)
    return SERVICES[scheme]


def plugin_of(address: str) -> Any:
    """Return Apprise's object that sends to an address; raises AddressRefused."""
    # Imported here: it takes a quarter of a second, which every command would spend.
    from apprise import Apprise

    try:
        parts = urlsplit(address)
        names = {name.lower() for name, _value in parse_qsl(parts.query, keep_blank_values=True)}
    except ValueError:
        raise AddressRefused(_("The address is not valid for this service.")) from None
    if parts.scheme not in SERVICES:
        raise AddressRefused(_("The address is not valid for this service."))
    if not names <= PARAMETERS | _teams_parameters(parts.scheme):
        allowed = ", ".join(sorted(PARAMETERS))
        raise AddressRefused(
            _("The address may have no parameters but %(names)s.") % {"names": allowed}
        )
    plugin = Apprise.instantiate(address, suppress_exceptions=True)
    if plugin is None or not _stays_with_vendor(plugin, scheme=parts.scheme):
        raise AddressRefused(_("The address is not valid for this service."))
    return plugin


def _teams_parameters(scheme: str) -> frozenset[str]:
    """The parameters that are part of the URL of a webhook of Teams."""
    return frozenset({"api-version", "sp", "sv", "sig"}) if scheme == "workflows" else frozenset()


def _stays_with_vendor(plugin: Any, *, scheme: str) -> bool:
    """False if the address names a host of its own."""
    if scheme == "ntfy":
        return str(plugin.mode) == "cloud"
    if scheme == "workflows":
        return str(plugin.host).lower().endswith(TEAMS_HOSTS)
    return True

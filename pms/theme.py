"""The frame of the console: unfold's settings and the menu."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Item = dict[str, Any]


def _page(title: str | Promise, icon: str, name: str) -> Item:
    return {"title": title, "icon": icon, "link": reverse_lazy(name)}


def _rows(title: str | Promise, icon: str, model: str) -> Item:
    return _page(title, icon, f"admin:{model}_changelist")


def superusers_only(request: HttpRequest) -> bool:
    """Who keeps the logins."""
    return bool(getattr(request.user, "is_superuser", False))


MENU: list[dict[str, Any]] = [
    {
        "items": [
            _page(_("Home"), "bedtime", "admin:index"),
            _page(_("Timeline"), "view_timeline", "jobs:timeline"),
            _page(_("Trends"), "monitoring", "jobs:trends"),
            _rows(_("Executions"), "receipt_long", "jobs_jobexecution"),
            _rows(_("Schedules"), "schedule", "jobs_jobschedule"),
            _rows(_("Messages"), "outgoing_mail", "jobs_outboxmessage"),
        ],
    },
    {
        "title": _("Front desk"),
        "separator": True,
        "items": [
            _rows(_("Bookings"), "luggage", "hotels_booking"),
            _rows(_("Rooms of bookings"), "key", "hotels_bookingroom"),
            _rows(_("Guests"), "group", "hotels_guest"),
            _page(_("No-shows"), "person_off", "hotels:no-shows"),
        ],
    },
    {
        "title": _("House"),
        "separator": True,
        "items": [
            _page(_("Housekeeping"), "cleaning_services", "hotels:housekeeping"),
            _page(_("Work orders"), "build", "hotels:work-orders"),
            _rows(_("Equipment"), "ac_unit", "hotels_equipment"),
            _rows(_("Maintenance plans"), "event_repeat", "hotels_maintenanceplan"),
            _page(_("Availability"), "calendar_month", "hotels:availability"),
        ],
    },
    {
        "title": _("Accounts"),
        "separator": True,
        "items": [
            _rows(_("Folios"), "account_balance_wallet", "hotels_folio"),
            _rows(_("Payments"), "payments", "hotels_payment"),
            _page(_("Invoices"), "request_quote", "hotels:invoices"),
        ],
    },
    {
        "title": _("Set-up"),
        "separator": True,
        "items": [
            _rows(_("Hotels"), "apartment", "hotels_hotel"),
            _rows(_("Room types"), "bed", "hotels_roomtype"),
            _rows(_("Rooms"), "meeting_room", "hotels_room"),
            _rows(_("Rooms off"), "block", "hotels_roomblock"),
            _rows(_("No-show policies"), "gavel", "hotels_noshowpolicy"),
            _rows(_("Staff"), "badge", "hotels_staffmember"),
            _rows(_("Members"), "admin_panel_settings", "hotels_membership"),
            _rows(_("Users"), "person", "auth_user") | {"permission": "pms.theme.superusers_only"},
            _rows(_("Audit trail"), "history", "hotels_auditentry")
            | {"permission": "hotels.admin.audit.may_read"},
        ],
    },
]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Hotel back office"),
    "SITE_HEADER": _("Hotel back office"),
    "SITE_SYMBOL": "bedtime",
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_LANGUAGES": True,
    "SIDEBAR": {"navigation": MENU},
    # Night blue; its 600 on white and its 500 on the dark ground keep WCAG's 4.5 : 1.
    "COLORS": {
        "primary": {
            "50": "oklch(97% .015 222)",
            "100": "oklch(94% .03 222)",
            "200": "oklch(88% .055 222)",
            "300": "oklch(81% .085 222)",
            "400": "oklch(74% .105 222)",
            "500": "oklch(70% .11 222)",
            "600": "oklch(46% .085 222)",
            "700": "oklch(40% .075 222)",
            "800": "oklch(34% .065 222)",
            "900": "oklch(29% .055 222)",
            "950": "oklch(22% .045 222)",
        },
        "font": {
            "subtle-light": "var(--color-base-600)",
            "subtle-dark": "var(--color-base-400)",
            "default-light": "var(--color-base-700)",
            "default-dark": "var(--color-base-300)",
            "important-light": "var(--color-base-900)",
            "important-dark": "var(--color-base-100)",
        },
    },
}

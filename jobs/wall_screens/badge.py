"""The badge: a small SVG picture with the label of a screen and its status."""

from xml.sax.saxutils import escape, quoteattr

from django.utils.translation import ngettext

from jobs.wall_screens.status import GroupStatus, Light

# Each keeps a contrast of at least 4.5 : 1 to the white text.
COLOURS = {
    Light.OK: "#1f7a3d",
    Light.ATTENTION: "#8a5a00",
    Light.FAILED: "#b3261e",
    Light.SILENT: "#b3261e",
}
_CHARACTER = 7  # pixels of an average one in the font of the badge
_PADDING = 10


def badge_svg(*, label: str, status: GroupStatus) -> str:
    """Return the badge as SVG, with its text also for screen readers."""
    text = status_text(status)
    left, right = (len(part) * _CHARACTER + 2 * _PADDING for part in (label, text))
    width, title = left + right, f"{label}: {text}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="22" role="img" '
        f"aria-label={quoteattr(title)}><title>{escape(title)}</title>"
        f'<rect width="{left}" height="22" fill="#3a3f47"/>'
        f'<rect x="{left}" width="{right}" height="22" fill="{COLOURS[status.light]}"/>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="{_PADDING}" y="15">{escape(label)}</text>'
        f'<text x="{left + _PADDING}" y="15">{escape(text)}</text></g></svg>'
    )


def status_text(status: GroupStatus) -> str:
    """Return the status in words: `2 of 40 hotels failed`, `all good`."""
    if status.light in (Light.FAILED, Light.ATTENTION):
        count, total = status.count(status.light), len(status.hotels)
        words = {
            Light.FAILED: ngettext(
                "%(count)d of %(total)d hotel failed",
                "%(count)d of %(total)d hotels failed",
                total,
            ),
            Light.ATTENTION: ngettext(
                "%(count)d of %(total)d hotel needs attention",
                "%(count)d of %(total)d hotels need attention",
                total,
            ),
        }
        return words[status.light] % {"count": count, "total": total}
    return str(status.light.label)

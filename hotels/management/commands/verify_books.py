"""`manage.py verify_books`: compare audit entries and issued documents with their seals."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hotels.i18n import counted
from hotels.models import Chain
from hotels.seals import Anchor, Verification, verify


class Command(BaseCommand):
    """Report the first broken seal of each chain; exit with 1 if there is one."""

    help = (
        "Compare the audit trail and the issued documents with their seals, and name the first one "
        "that was changed or deleted. Changes nothing. Exit code 0: whole; 1: broken; 2: wrong "
        "usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --anchor and --json."""
        parser.add_argument(
            "--anchor",
            action="append",
            default=[],
            metavar="CHAIN:NUMBER:DIGEST",
            help="An anchor from the log, compared with the seal of that number. May be repeated.",
        )
        parser.add_argument("--json", action="store_true", help="Print the result as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify and report; raises CommandError for a broken chain or a wrong anchor."""
        anchors = [_anchor(text) for text in options["anchor"]]
        results = [verify(chain=chain, anchors=anchors) for chain in Chain]
        whole = all(result.broken is None for result in results)
        if options["json"]:
            chains = [_payload(result) for result in results]
            self.stdout.write(json.dumps({"whole": whole, "chains": chains}, indent=1))
        else:
            for result in results:
                self.stdout.write(_text(result))
        if not whole:
            raise CommandError("The books are broken.", returncode=1)


def _anchor(text: str) -> Anchor:
    chain, _, rest = text.partition(":")
    number, _, digest = rest.partition(":")
    if chain not in Chain.values or not (number.isascii() and number.isdigit()) or not digest:
        raise CommandError(
            f"--anchor {text!r}: copy CHAIN:NUMBER:DIGEST from the log, such as AUDIT:120:5f0c….",
            returncode=2,
        )
    return Anchor(chain=Chain(chain), number=int(number), digest=digest)


def _text(result: Verification) -> str:
    waiting = f"{result.unsealed:,} not sealed yet"
    if result.broken is None:
        newest = f"{result.chain.value}:{result.number}:{result.digest}"
        end = f" Newest seal: {newest}" if result.number else ""
        return f"{result.chain.value}: whole, {counted(result.checked, 'seal')}, {waiting}.{end}"
    broken = result.broken
    digests = f" Expected {broken.expected}, found {broken.found}." if broken.expected else ""
    return (
        f"{result.chain.value}: BROKEN at seal {broken.number:,}: {broken.reason}."
        f"{digests} {counted(result.checked, 'seal')} before it whole, {waiting}."
    )


def _payload(result: Verification) -> dict[str, Any]:
    broken = result.broken
    return {
        "chain": result.chain.value,
        "checked": result.checked,
        "newestNumber": result.number,
        "newestDigest": result.digest,
        "unsealed": result.unsealed,
        "broken": broken
        and {
            "number": broken.number,
            "rowId": broken.row_id,
            "reason": broken.reason,
            "expected": broken.expected,
            "found": broken.found,
        },
    }

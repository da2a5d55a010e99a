"""What a page says, as a person reads it."""

import html
import re
from typing import Any

from django.contrib.messages import get_messages


def text_of(answer: Any) -> str:
    """The words of the console's own part of a page, without its markup."""
    body = answer.content.decode().partition('<div class="console">')[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def told(answer: Any) -> list[tuple[str, str]]:
    """What a posted form left to tell: (`error`, sentence)."""
    return [(one.level_tag, str(one)) for one in get_messages(answer.wsgi_request)]

"""Text and messages of a page."""

import html
import re
from typing import Any

from django.contrib.messages import get_messages


def text_of(answer: Any) -> str:
    """Return the text of the console's part of a page, without markup."""
    body = answer.content.decode().partition('<div class="console">')[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def messages_of(answer: Any) -> list[tuple[str, str]]:
    """Return the messages of a response as pairs of level and text."""
    return [(one.level_tag, str(one)) for one in get_messages(answer.wsgi_request)]

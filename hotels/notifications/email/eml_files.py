"""An e-mail backend that writes each message as a file `.eml`, which mail programs open.

For a demo and for trying templates: nothing leaves the machine.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

_UNSAFE = re.compile(r"[^0-9A-Za-z.-]+")


class EmailBackend(BaseEmailBackend):
    """Writes into the folder EMAIL_FILE_PATH, which it makes; the Message-ID names the file."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("file_path", None)
        super().__init__(*args, **kwargs)
        self.folder = Path(str(getattr(settings, "EMAIL_FILE_PATH", "")))

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the messages; one that is sent again replaces its file. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            content = message.message().as_bytes()
            message_id = message.extra_headers.get("Message-ID", "") or f"{id(message)}"
            name = _UNSAFE.sub("-", message_id.strip("<>").partition("@")[0])
            unfinished = self.folder / f"{name}.part"
            unfinished.write_bytes(content)
            unfinished.rename(self.folder / f"{name}.eml")
        return len(email_messages)

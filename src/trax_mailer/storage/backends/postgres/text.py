"""Text on its way into PostgreSQL, which holds every character but one."""

from __future__ import annotations

from psycopg.types.string import StrDumper


class PlainText(StrDumper):
    """Writes U+0000, which a mail server's words may hold and PostgreSQL's text cannot, as U+FFFD."""

    def dump(self, obj: str) -> object:  # type: ignore[override]
        """The text in UTF-8."""
        return super().dump(obj.replace("\x00", "\ufffd"))

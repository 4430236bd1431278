"""The numbered links of an edition: HTML and text agree because the number belongs to the data."""

from __future__ import annotations

from dataclasses import dataclass, field

from markdown_it.common.normalize_url import normalizeLink

from trax_mailer.model.edition import NumberedLink, SlotKind
from trax_mailer.render.markers import Markers

_KEPT_AS_WRITTEN = ("mailto:", "tel:", "#")


def is_web_address(target: str) -> bool:
    """Whether a link to `target` is numbered: http and https only."""
    return target.lower().startswith(("http://", "https://"))


def is_kept(target: str) -> bool:
    """Whether `target` stands in the mail as written: mail and telephone addresses, anchors."""
    return target.lower().startswith(_KEPT_AS_WRITTEN)


def as_sent(target: str) -> str:
    """The target in pure ASCII (RFC 3986 §2.1, IDNA for the host)."""
    return normalizeLink(target)


@dataclass(slots=True)
class LinkTable:
    """Numbers links in the order in which they are met, from 1."""

    markers: Markers
    _links: list[NumberedLink] = field(default_factory=list)

    def add(self, target: str, *, label: str, section: int | None) -> NumberedLink:
        """Number one link. Its target becomes pure ASCII."""
        link = NumberedLink(
            number=len(self._links) + 1,
            target=as_sent(target),
            label=" ".join(self.markers.written_out(label).split()),
            section=section,
        )
        self._links.append(link)
        return link

    def mark(self, target: str, *, label: str, section: int | None) -> str:
        """What stands for the link in templates: a marker, or the target itself where it is kept."""
        if not is_web_address(target):
            return target
        link = self.add(target, label=label, section=section)
        return self.markers.mark(
            SlotKind.LINK, key=str(link.number), length=len(link.target), written=link.target
        )

    def numbered(self, numbers: set[int]) -> tuple[NumberedLink, ...]:
        """The links with these numbers, in order."""
        return tuple(link for link in self._links if link.number in numbers)

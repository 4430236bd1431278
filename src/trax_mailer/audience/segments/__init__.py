"""Saved segments: the files of `subscribers/`, read, put together and compared with the ledger.

Takes a folder and a time zone; returns segments whose rules name no other segment any more, with every
finding at once. Never sends anything, never changes a file or the ledger, and never raises for what a
file says.
"""

from trax_mailer.audience.segments.counting import SegmentCount, count_segment
from trax_mailer.audience.segments.expanding import Loaded, load_segment
from trax_mailer.audience.segments.files import segment_file, segment_names
from trax_mailer.audience.segments.known import unknown_words
from trax_mailer.audience.segments.reading import segment_schema

__all__ = [
    "Loaded",
    "SegmentCount",
    "count_segment",
    "load_segment",
    "segment_file",
    "segment_names",
    "segment_schema",
    "unknown_words",
]

"""The quick way comes to the same as the thorough one, or leaves the row to it."""

from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.audience.intake.columns import read_columns
from trax_mailer.audience.intake.entries import Entry, Plan, read_entries
from trax_mailer.audience.intake.quick import QuickRows
from trax_mailer.audience.intake.rows import Row
from trax_mailer.audience.intake.taking_in import to_arrival
from trax_mailer.model.subscriber import SubscriptionState

HEADER = ("E-mail", "name", "First name", "Last name", "Langue", "status", "Country", "City", "tags")
CELL = st.sampled_from(["", " ", "Ana", " Pop ", 'Ștefan & "x"', "a; b", "\x00", "\x7f\u2028", "x" * 10_001])
ROWS = st.tuples(
    st.sampled_from(
        [
            "ana@example.org",
            "Ana.B+c_d-e@Example.ORG",
            " ana@example.org",
            ".ana@example.org",
            "a..b@example.org",
            "ana@gmial.com",
            "ana@localhost",
            "ana@example.test",
            "ana@bücher.example",
            "aña@example.org",
            "ana@example.org;ben@example.org",
            "ana",
            "",
            "a" * 65 + "@example.org",
        ]
    ),
    CELL,
    CELL,
    CELL,
    st.sampled_from(["", "fr", "Français", "pt_BR", "Rätoromanisch (S)"]),
    st.sampled_from(["", "subscribed", "Unsubscribed", "pending", "spam", "nonsense"]),
    CELL,
    CELL,
    CELL,
)


@given(
    cells=ROWS,
    default=st.sampled_from(["subscribed", "unsubscribed"]),
    keep=st.booleans(),
    extra=st.sampled_from([(), ("",), ("more",)]),
    cut=st.sampled_from([None, 0, 4]),
)
def test_arrival_is_the_same_when_the_quick_way_takes_the_row(cells, default, keep, extra, cut):
    plan = Plan(columns=read_columns(HEADER), default=SubscriptionState(default), keep_typos=keep)
    row = Row(7, (*cells, *extra)[:cut])
    quick = QuickRows(plan).arrival(row.line, row.cells)
    if quick is not None:
        [entry] = read_entries(row, plan)
        assert isinstance(entry, Entry)
        assert quick == to_arrival(entry)


def test_ordinary_rows_take_the_quick_way_when_nothing_is_odd_about_them():
    quick = QuickRows(Plan(columns=read_columns(HEADER), default=SubscriptionState.SUBSCRIBED))
    row = ("ana.pop@example.org", "Ana", "", "", "French", "active", "Moldova", "", "a;b")
    assert quick.serves
    assert quick.arrival(2, row) == (
        2,
        "ana.pop@example.org",
        "ana.pop@example.org",
        "Ana",
        "fr",
        '{"country":"Moldova"}',
        "subscribed",
        '["a","b"]',
    )

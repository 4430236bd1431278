from urllib.parse import quote, unquote_to_bytes

from hypothesis import example, given
from hypothesis import strategies as st

from delivery.mailings import NOW
from trax_mailer.model.act import Act, ActKind
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.link_tables import add_retarget
from trax_mailer.workflows.tracking.targets import Targets, header_value
from workflows.tracking.conftest import make_mailing

PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


def lead_elsewhere(ledger, mailing_id, link, target):
    with ledger.write() as connection:
        act_id = add_act(connection, Act(kind=ActKind.STAFF, at=NOW))
        add_retarget(connection, mailing_id, link, target=target, act_id=act_id, now=NOW)


@given(st.text(alphabet=PRINTABLE, max_size=300))
@example("https://example.org/?a=1&b=2&amp;c=%26%3D#é"[:-1] + "x")
def test_target_is_the_same_byte_for_byte_when_it_is_printable(target):
    assert header_value(target) == target.encode("ascii")


@given(st.text(max_size=100))
def test_no_header_ends_early_when_a_target_holds_anything(target):
    value = header_value(target)
    assert not set(value) & {*range(0x21), *range(0x7F, 0x100)}
    assert unquote_to_bytes(value) == unquote_to_bytes(quote(target, safe=PRINTABLE, errors="surrogatepass"))


def test_links_are_in_memory_when_the_mailing_was_just_made(house):
    targets = Targets(house.ledger)
    targets.refresh()
    assert targets.find(house.mailing_id).locations == {1: b"https://example.org/?a=1&b=2"}
    later = make_mailing(house.ledger)
    assert targets.find(later) is None
    targets.refresh()
    assert targets.find(later) is not None


def test_link_leads_elsewhere_when_it_was_changed_since(house):
    targets = Targets(house.ledger)
    targets.refresh()
    lead_elsewhere(house.ledger, house.mailing_id, 1, "https://example.org/first")
    lead_elsewhere(house.ledger, house.mailing_id, 1, "https://example.org/new?x=1&y=2")
    assert targets.find(house.mailing_id).locations[1] == b"https://example.org/?a=1&b=2"
    targets.refresh()
    assert targets.find(house.mailing_id).locations[1] == b"https://example.org/new?x=1&y=2"
    assert Targets(house.ledger).load(house.mailing_id).locations[1] == b"https://example.org/new?x=1&y=2"


def test_nothing_is_found_when_there_is_no_such_mailing(house):
    assert Targets(house.ledger).load(4711) is None

"""What staff do to single readers, on either database."""

import io
import json

import pytest

from suppressing import put_suppression
from trax_mailer.audience import find_list, leave, suppress
from trax_mailer.audience.erasing import erase_reader
from trax_mailer.audience.exporting import export_readers
from trax_mailer.audience.keeping_lists import ListChange, describe_list, list_facts, new_list, rename_list
from trax_mailer.audience.lifting import lift
from trax_mailer.audience.staff import (
    Added,
    Description,
    Wish,
    add_reader,
    change_reader,
    find_reader,
    tag_reader,
    take_off,
)
from trax_mailer.audience.trail import trail
from trax_mailer.errors import BadOption, Conflict, Refused
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason
from trax_mailer.storage import open_ring
from trax_mailer.storage.acts import acts_about
from trax_mailer.storage.roster import Filter, count_readers, roster
from trax_mailer.storage.suppressions import find_suppression

ANA, BEN = "ana@example.org", "ben@example.org"


@pytest.fixture
def act(now):
    return Act(kind=ActKind.STAFF, at=now, by="ben", words="said so")


@pytest.fixture
def readers(bring):
    """Ana and Ben on “UPR Trax”, Ana with a role."""
    bring(f"email,name,role\n{ANA},Ana Ñandú,NGO\n{BEN},,\n")


def _found(ledger, **wanted):
    with ledger.read() as connection:
        lines = roster(connection, Filter(**wanted), after=0, limit=10)
        assert count_readers(connection, Filter(**wanted)) == len(lines)
    return [line.email for line in lines]


def _acts(ledger, reader_id=1):
    with ledger.read() as connection:
        return [(one.by, one.words, dict(one.details)) for one in acts_about(connection, reader_id)]


def test_added_reader_has_the_act_as_evidence_when_added(ledger, readers, states, act):
    new_list(ledger, "Jobs", ListChange(), act=act)
    ring = open_ring(ledger)
    wish = Wish(address="Cleo@example.org", list_name="Jobs", fields={" role ": " NGO "}, tags=("press",))
    assert add_reader(ledger, ring, wish, act=act) is Added.JOINED
    assert add_reader(ledger, ring, wish, act=act) is Added.ALREADY
    assert states("Jobs") == {"cleo@example.org": "subscribed"}
    assert _acts(ledger, find_reader(ledger, "cleo@example.org"))[0] == ("ben", "said so", {})
    with ledger.read() as connection:
        [line] = roster(connection, Filter(tag="press"), after=0, limit=2)
    assert (dict(line.fields), line.places[0].list_name) == ({"role": "NGO"}, "Jobs")


@pytest.mark.parametrize("kind", [ActKind.PAGE, ActKind.ONE_CLICK])
def test_nothing_changes_when_somebody_who_left_is_added(ledger, readers, stored, act, now, kind):
    leave(ledger, list_id=1, subscriber_id=1, kind=kind, now=now)
    before = stored()
    with pytest.raises(Refused, match="left the list") as refused:
        add_reader(ledger, open_ring(ledger), Wish(address=ANA, list_name="UPR Trax", name="X"), act=act)
    assert "own confirmation" in refused.value.advice
    assert stored() == before


def test_bounced_reader_is_refused_when_added_to_another_list(ledger, bring, act):
    bring(f"email\n{ANA}\n", state="bounced", name="bounced.csv")
    new_list(ledger, "Jobs", ListChange(), act=act)
    for name, words in (("UPR Trax", "could not be reached"), ("Jobs", "on another list")):
        with pytest.raises(Refused, match=words):
            add_reader(ledger, open_ring(ledger), Wish(address=ANA, list_name=name), act=act)


def test_erased_person_does_not_come_back_when_a_file_or_staff_bring_them(ledger, readers, bring, act):
    erase_reader(ledger, open_ring(ledger), 1, act=act)
    with pytest.raises(Refused, match="erased"):
        add_reader(ledger, open_ring(ledger), Wish(address=ANA, list_name="UPR Trax"), act=act)
    for state in ("subscribed", "unsubscribed"):
        report = bring(f"email\n{ANA}\n", state=state, name=f"{state}.csv")
        assert (report.added, report.kept_out) == (0, 1)
    with pytest.raises(Refused, match="no reader"):
        find_reader(ledger, ANA)
    assert _found(ledger) == [BEN]


def test_only_what_changed_is_noted_when_a_reader_is_described(ledger, readers, act):
    said = Description(name=" Ana  Doe ", fields={"role": "", "country": "Chad"})
    assert change_reader(ledger, ANA.upper(), said, act=act) is True
    assert change_reader(ledger, ANA, said, act=act) is False
    assert tag_reader(ledger, ANA, add=["press"], remove=["ngo"], act=act) is True
    assert tag_reader(ledger, ANA, add=["press"], remove=["ngo"], act=act) is False
    assert [details for _, _, details in _acts(ledger)] == [
        {"changed": ["country", "name", "role"]},
        {"tags": ["+press", "-ngo"]},
    ]
    for wrong in (Description(fields={"x" * 81: "a"}), Description(name="a\x00"), Description(language="x")):
        with pytest.raises(BadOption):
            change_reader(ledger, ANA, wrong, act=act)


def test_reader_is_off_everything_to_come_when_taken_off_everywhere(ledger, readers, states, bring, act):
    assert take_off(ledger, ANA, list_name=None, everywhere=True, act=act) == ("UPR Trax",)
    assert take_off(ledger, ANA, list_name=None, everywhere=True, act=act) == ()
    assert states()[ANA] == "unsubscribed"
    assert bring(f"email\n{ANA}\n", list_name="Jobs").kept_out == 1
    with pytest.raises(Refused, match="own confirmation"):
        lift(ledger, ANA, act=act, api=None)


def test_complaint_stays_when_staff_would_lift_it(ledger, readers, act, now):
    put_suppression(ledger, ANA, reason=SuppressionReason.COMPLAINED, source="events", now=now)
    with pytest.raises(Refused, match="own confirmation"):
        lift(ledger, ANA, act=act, api=None)
    assert _acts(ledger) == []
    with ledger.read() as connection:
        assert find_suppression(connection, ANA) is not None


def test_act_names_no_address_when_nobody_has_it(ledger, act):
    assert suppress(ledger, "court@example.org", act=act) is True
    assert suppress(ledger, "court@example.org", act=act) is False
    [line] = trail(ledger, about=None, before=None, limit=5)
    assert "court@" not in json.dumps(line.as_data())
    assert (line.words, line.reader, line.erased) == ("suppressed: said so", "", False)


def test_readers_are_found_when_asked_for_by_what_is_known(ledger, readers, act, now):
    leave(ledger, list_id=1, subscriber_id=2, kind=ActKind.PAGE, now=now)
    suppress(ledger, BEN, act=act)
    assert _found(ledger, list_id=1) == [ANA, BEN]
    assert _found(ledger, list_id=1, state=SubscriptionState.UNSUBSCRIBED) == [BEN]
    assert _found(ledger, suppressed=True) == [BEN]
    assert (
        _found(ledger, search="ANA Ñ")
        == _found(ledger, search="ana@")
        == _found(ledger, start="ana@")
        == [ANA]
    )
    assert _found(ledger, search="_") == _found(ledger, list_id=9) == []


def test_readers_are_whole_in_a_file_when_exported(ledger, readers, act):
    suppress(ledger, BEN, act=act)
    with ledger.read() as connection:
        text, data = io.BytesIO(), io.BytesIO()
        assert export_readers(connection, Filter(), text, form="csv") == 2
        assert export_readers(connection, Filter(list_id=9), data, form="json") == 0
    header, ana, ben = text.getvalue().decode("utf-8-sig").splitlines()
    assert header == "email,name,language,status,list,since,topics,untracked,tags,role"
    assert ana == f"{ANA},Ana Ñandú,,subscribed,UPR Trax,2015-12-18T09:30:00Z,,,,NGO"
    assert ben.startswith(f"{BEN},,,suppressed,UPR Trax,")
    assert json.loads(data.getvalue()) == []


def test_list_is_another_by_name_only_when_renamed(ledger, readers, act):
    describe_list(ledger, "UPR Trax", ListChange(title="The  UPR", public=True), act=act)
    describe_list(ledger, "UPR Trax", ListChange(title="The UPR"), act=act)
    before = find_list(ledger, "UPR Trax")
    assert rename_list(ledger, "UPR Trax", "Trax", act=act).id == before
    facts = list_facts(ledger, "Trax")
    assert (facts.settings.title, facts.settings.public) == ("The UPR", True)
    assert facts.states == {SubscriptionState.SUBSCRIBED: 2}
    with pytest.raises(Conflict):
        new_list(ledger, "TRAX", ListChange(), act=act)
    words = [line.words for line in trail(ledger, about=None, before=None, limit=9)]
    assert words[:2] == ["renamed the list, which was “UPR Trax”", "changed the list's title, public"]
    assert len(words) == 3


def test_trail_says_what_became_of_whom_when_it_is_about_one(ledger, readers, act):
    take_off(ledger, BEN, list_name="UPR Trax", everywhere=False, act=act)
    lines = trail(ledger, about=2, before=None, limit=9)
    assert [(line.kind, line.state, line.source) for line in lines] == [
        ("staff", "unsubscribed", ""),
        ("import", "subscribed", "readers.csv"),
    ]
    assert [line.kind for line in trail(ledger, about=1, before=None, limit=9)] == ["import"]

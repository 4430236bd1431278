import pytest

from trax_mailer.audience import find_list, leave
from trax_mailer.audience.preferences import choose, wanted_topics
from trax_mailer.errors import Refused
from trax_mailer.model.act import Act, ActKind
from trax_mailer.storage.acts import acts_about


def want(ledger, topics, *, now, kind=ActKind.PAGE, subscriber_id=1, by=""):
    list_id = find_list(ledger, "UPR Trax")
    act = Act(kind=kind, at=now, by=by, subscriber_id=subscriber_id, list_id=list_id)
    return choose(ledger, topics=topics, act=act)


def test_choice_and_its_act_are_kept_when_a_reader_chooses(bring, ledger, now):
    bring("email\nana@example.org\n")
    assert want(ledger, ["trainings", "jobs", "jobs"], now=now) is True
    assert wanted_topics(ledger, list_id=1, subscriber_id=1) == ("jobs", "trainings")
    assert want(ledger, ["jobs", "trainings"], now=now) is False
    assert want(ledger, [], now=now, kind=ActKind.STAFF, by="ana") is True
    assert wanted_topics(ledger, list_id=1, subscriber_id=1) == ()
    with ledger.read() as connection:
        acts = acts_about(connection, 1)
    assert [(act.kind, act.by, act.words, act.list_id, act.details["topics"]) for act in acts] == [
        (ActKind.PAGE, "", "wants jobs, trainings", 1, ["jobs", "trainings"]),
        (ActKind.STAFF, "ana", "wants everything", 1, []),
    ]


def test_choice_is_refused_when_the_reader_was_never_on_the_list(bring, ledger, now):
    bring("email\nana@example.org\n")
    bring("email\nben@example.org\n", list_name="Jobs")
    with pytest.raises(Refused, match="not on that list"):
        want(ledger, ["jobs"], now=now, subscriber_id=2)


def test_choice_stays_when_the_reader_leaves(bring, ledger, states, now):
    bring("email\nana@example.org\n")
    want(ledger, ["jobs"], now=now)
    leave(ledger, list_id=1, subscriber_id=1, kind=ActKind.PAGE, now=now)
    assert states() == {"ana@example.org": "unsubscribed"}
    assert wanted_topics(ledger, list_id=1, subscriber_id=1) == ("jobs",)

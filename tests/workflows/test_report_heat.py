"""Which edition the heat map of a report shows."""

import dataclasses

from delivery.letters import edition
from reports.made import LINKS, Made
from trax_mailer.model.edition import Edge, Slot, SlotContext, SlotKind
from trax_mailer.reports import count_report
from trax_mailer.storage import open_ledger
from trax_mailer.storage.mailings import load_mailings
from trax_mailer.workflows.report_heat import sent_issue


def _link(number):
    return '<a href="', Slot(SlotKind.LINK, SlotContext.ATTRIBUTE, str(number)), '">words</a>'


def test_it_is_what_most_readers_had_when_editions_and_topics_differ(tmp_path):
    html = (Edge(0, ("news",)), *_link(1), Edge(0), Edge(1, ("jobs",)), *_link(2), Edge(1))
    english = dataclasses.replace(edition(html=html), links=LINKS[:2])
    french = dataclasses.replace(english, language="fr")
    with open_ledger(tmp_path / "state") as ledger:
        made = Made(ledger)
        many = made.mailing(readers=90, sent=english, visits=20)
        made.mailing(readers=40, sent=french, visits=20, list_name="fr")
        made.variants(many, {"": 0.2, "news": 1.0})
        with ledger.read() as connection:
            shown = sent_issue(connection, count_report(connection, load_mailings(connection)))
        accepted = len(made.accepted(many))
    assert shown.edition.language == "en"
    assert [one.number for one in shown.edition.links] == [1]
    assert "with the topics news" in shown.words
    assert f"{accepted - int(accepted * 0.2)} of" in shown.words

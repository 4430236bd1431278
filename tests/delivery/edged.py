"""An edition with sections of topics, readers who choose, and a transport that keeps what each was sent."""

from sqlalchemy import select

from delivery.letters import ENVELOPE, edition, slot
from delivery.mailings import NOW, ScriptedTransport, address
from trax_mailer.delivery import make_mailing
from trax_mailer.delivery.letter import filled
from trax_mailer.model.edition import Edge, SlotContext, SlotKind
from trax_mailer.storage import schema
from trax_mailer.storage.lists import find_list_id
from trax_mailer.storage.subscriptions import choose_topics

LEAVE = slot(SlotKind.UNSUBSCRIBE, SlotContext.TEXT)


def part(*sections):
    """“all”, then each section between its edges, and the way out: `("jobs,africa", "words")`."""
    shown = ["all"]
    for index, (topics, words) in enumerate(sections):
        shown += [Edge(index, tuple(topics.split(","))), f"+{words}", Edge(index)]
    return (*shown, "\n", LEAVE, "\n")


def edged(*sections):
    """An edition of these sections, the same in both parts."""
    sections = sections or (("jobs", "job"), ("trainings", "training"), ("africa,jobs", "kenya"))
    return edition(subject=("Topics",), html=part(*sections), text=part(*sections), pictures=False)


def choose(ledger, choices, *, list_name="everyone"):
    """Readers, by number, choose topics: `{1: "jobs"}`."""
    with ledger.write() as connection:
        list_id = find_list_id(connection, list_name)
        for number, topics in choices.items():
            who = select(schema.subscriber.c.id).where(schema.subscriber.c.address == address(number))
            choose_topics(connection, list_id, connection.scalar(who), topics=topics.split(","))


def mail(ledger, edition_, *, batch_size=4, lanes=1, **more):
    """A mailing of that edition to everybody on the list, untracked: its two parts say the same."""
    through = ScriptedTransport(batch_size=batch_size, lanes=lanes)
    return make_mailing(
        ledger,
        **{
            "issue_number": 58, "issue_title": "Topics", "list_name": "everyone", "edition": edition_,
            "transport": through, "envelope": ENVELOPE, "now": NOW, "trackable": False,
        } | more,
    )  # fmt: skip


class Keeping(ScriptedTransport):
    """Keeps the words that each reader was sent, and counts how often a letter was opened."""

    def __init__(self, *arguments, **more):
        super().__init__(*arguments, **more)
        self.sent, self.opened = {}, 0

    def open(self, letter):
        super().open(letter)
        self.opened += 1

    def send(self, recipients, *, batch):
        for one in recipients:
            words = filled(self.letter.text, one).split("\n")[0]
            assert words in filled(self.letter.html, one).split("\n")  # where a picture may tell of an open
            self.sent.setdefault(one.email, []).append(words)
        return super().send(recipients, batch=batch)

from delivery.letters import ENVELOPE
from delivery.mailings import NOW
from trax_mailer.errors import Refused
from trax_mailer.model.mailing import AudienceKind, Mailing, MailingState, Proof
from trax_mailer.workflows.engines.telling import REPEATED_AFTER, Teller, ending, in_one_line

PROOF = Proof(audience=10, accepted=4, skipped=1, failed=1, uncertain=1, waiting=3)


def _mailing(state, reason=""):
    return Mailing(
        id=5, issue_number=58, issue_title="Thirty years", list_name="everyone", edition_hash="0" * 64,
        transport="smtp", state=state, reason=reason, simulated=False, created_at=NOW, started_at=NOW,
        finished_at=None, envelope=ENVELOPE, not_before=None, lanes=1, batch_size=10,
        audience=AudienceKind.EVERYBODY,
    )  # fmt: skip


def test_trouble_is_told_again_when_a_minute_has_passed():
    said, moment = [], [0.0]
    teller = Teller(said.append, clock=lambda: moment[0])
    for moment[0] in (0.0, 1.0, REPEATED_AFTER - 1, REPEATED_AFTER, REPEATED_AFTER + 1):
        teller.trouble("x", "no answer")
    assert said == ["no answer", "no answer"]


def test_trouble_is_told_at_once_when_it_is_another_one():
    said = []
    teller = Teller(said.append)
    teller.trouble("x", "no answer")
    teller.trouble("x", "wrong password")
    teller.trouble("y", "wrong password")
    assert said == ["no answer", "wrong password", "wrong password"]


def test_end_of_trouble_is_told_when_there_was_one():
    said = []
    teller = Teller(said.append)
    teller.over("x", "well again")
    teller.trouble("x", "no answer")
    teller.over("x", "well again")
    teller.over("x", "well again")
    assert said == ["no answer", "well again"]


def test_account_names_every_class_when_a_mailing_has_ended():
    assert ending(_mailing(MailingState.CANCELLED), PROOF) == (
        "Mailing 5 was cancelled: 4 accepted + 1 skipped + 1 failed + 1 uncertain + 3 waiting "
        "= 10 = audience of 10."
    )


def test_account_does_not_claim_a_sum_when_somebody_is_missing():
    short = Proof(audience=10, accepted=4, skipped=1, failed=1, uncertain=1, waiting=0)
    assert short.in_words == "4 accepted + 1 skipped + 1 failed + 1 uncertain = 7 ≠ audience of 10"


def test_reason_and_next_step_are_told_when_a_mailing_pauses():
    assert ending(_mailing(MailingState.PAUSED, "The key is wrong."), PROOF) == (
        "Mailing 5 is paused, 3 of 10 readers wait. The key is wrong. Go on with: trax resume 5"
    )


def test_advice_follows_the_message_when_there_is_one():
    assert in_one_line(Refused("No.", advice="Do this.")) == "No. Do this."
    assert in_one_line(Refused("No.")) == "No."

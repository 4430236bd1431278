"""The other side of real mailings: transports that answer what a test says, without a public server."""

import time

from delivery.mailings import ScriptedTransport
from trax_mailer.delivery.transports.base import Answer, Verdict
from trax_mailer.workflows.send import carry_out, prepare_send, schedule
from trax_mailer.workflows.send_plan import SendOptions
from trax_mailer.workflows.sending_now import Wishes, send_now
from trax_mailer.workflows.wiring import open_workspace

USERS = ("send", "sending_now", "control", "trial")


def quiet(*_):
    pass


class Outside:
    """A copy of the workspace that sends, one reader a call; `answers` is what the servers say."""

    def __init__(self, folder, state, monkeypatch):
        self.folder, self.state = folder, state
        self._opened = None
        self.answers = lambda _recipients: Answer(verdict=Verdict.ACCEPTED)
        self.transports = {
            name: ScriptedTransport(self._answer, name=name, batch_size=1) for name in ("smtp", "sendgrid")
        }
        self.change(
            "trax.yaml",
            "transport: folder",
            "transport: smtp\nsmtp: {host: mail.example.org}",
        )
        for user in USERS:
            monkeypatch.setattr(f"trax_mailer.workflows.{user}.open_transport", self._open)
        for user in ("send", "trial"):
            monkeypatch.setattr(f"trax_mailer.workflows.{user}.preflight", lambda *_, **__: ())

    def _answer(self, recipients):
        return self.answers(recipients)

    def _open(self, settings, name=""):
        return self.transports[name or settings.transport]

    @property
    def workspace(self):
        """The workspace as its files are now."""
        if self._opened is None:
            self._opened = open_workspace(self.folder, state=self.state)
        return self._opened

    @property
    def reached(self):
        """Everybody who was handed over, in order."""
        return [email for one in self.transports.values() for call in one.calls for email in call]

    def change(self, name, before, after):
        """Change a file of the workspace."""
        file = self.folder / name
        content = file.read_text(encoding="utf-8")
        assert before in content
        file.write_text(content.replace(before, after), encoding="utf-8")
        self._opened = None

    def plan(self, *, to="main", **options):
        return prepare_send(self.workspace, "58", list_name=to, options=SendOptions(**options))

    def send(self, *, to="main", **options):
        """Send No 58. Returns its account."""
        plan = self.plan(to=to, **options)
        return carry_out(self.workspace, plan, progress=quiet, say=quiet, wishes=Wishes())

    def schedule(self, at, **options):
        return schedule(self.workspace, self.plan(at=at, **options))

    def go_on(self, mailing_id):
        """Send what a mailing still holds. Returns its account."""
        return send_now(self.workspace, mailing_id, progress=quiet, say=quiet, wishes=Wishes())

    def broken_off(self, *, after, wish="leave", **options):
        """A mailing that ended with a wish after so many readers, or was refused at once. Its account."""
        wishes = Wishes()

        def answer(_):
            if after == 0:
                return Answer(verdict=Verdict.STOPPED, reason="The key is wrong.")
            if len(self.reached) == after:
                getattr(wishes, wish).set()
                time.sleep(0.3)  # The wish has come through before the next call.
            return Answer(verdict=Verdict.ACCEPTED)

        self.answers = answer
        plan = self.plan(**options)
        account = carry_out(self.workspace, plan, progress=quiet, say=quiet, wishes=wishes)
        self.answers = lambda _recipients: Answer(verdict=Verdict.ACCEPTED)
        return account

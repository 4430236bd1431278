import json

import pytest

from trax_mailer.delivery import journal_of
from trax_mailer.errors import BadState
from trax_mailer.storage import open_ring
from trax_mailer.tokens import mint_mail_token, read_mail_token
from trax_mailer.workflows.keys import rotate_keys, show_keys
from workflows.moving import ledger_of


def test_links_stay_good_when_a_key_is_added(workspace):
    with ledger_of(workspace) as ledger:
        token = mint_mail_token(open_ring(ledger), list_id=1, subscriber_id=2, mailing_id=3)
    lines = rotate_keys(workspace)
    assert [(line.id, line.current) for line in lines] == [(1, False), (2, True)]
    assert show_keys(workspace) == lines
    with ledger_of(workspace) as ledger:
        ring = open_ring(ledger)
        assert ring.current.id == 2
        assert read_mail_token(ring, token).subscriber_id == 2
        (entry,) = journal_of(ledger, None)
        assert entry.act == "rotated"


def test_no_secret_is_shown_when_the_keys_are(workspace):
    shown = repr(rotate_keys(workspace))
    ring = json.loads((workspace.settings.state / "keys.json").read_text())
    assert len(ring["keys"]) == 2
    assert not any(key["secret"] in shown for key in ring["keys"])


def test_words_say_so_when_the_ring_is_lost(workspace):
    rotate_keys(workspace)
    (workspace.settings.state / "keys.json").unlink()
    for act in (show_keys, rotate_keys):
        with pytest.raises(BadState, match="missing"):
            act(workspace)

import html

import pytest

from trax_mailer.errors import Refused
from trax_mailer.storage import schema
from trax_mailer.workflows.embedding import subscribe_form
from trax_mailer.workflows.wiring import Workspace
from web.front import CLOSED, LIST, PUBLIC_URL, form_of
from web.public.conftest import front, inbox, post_office, prepared  # noqa: F401 - fixtures


@pytest.fixture
def workspace(front):  # noqa: F811
    return Workspace(settings=front.public.settings)


@pytest.mark.parametrize(
    ("language", "words"), [("", "I would like"), ("fr", "Je souhaite"), ("es", "Deseo")]
)
def test_form_holds_the_wording_and_is_taken_by_the_pages(front, workspace, language, words):  # noqa: F811
    form = subscribe_form(workspace, LIST, language=language)
    assert form.isascii()
    assert words in html.unescape(form)
    assert f'action="{PUBLIC_URL}/subscribe?lang={language or "en"}"' in form
    hidden = form_of(form)
    [wording] = front.rows(schema.wording)["wording"]
    assert hidden["wording"] == wording.hash
    # Even once the words of the pages are others.
    answer = front.post("/subscribe?lang=es", {**hidden, "email": "amina@example.net"})
    assert answer.status_code == 200
    assert front.notices()[0].data["wording"] == wording.id


@pytest.mark.parametrize(
    ("name", "language", "words"),
    [
        (CLOSED, "", f"Lists open to everybody: events, {LIST}"),
        ("x", "", "no list that anybody"),
        (LIST, "de", "en, es, fr"),
    ],
)
def test_form_is_refused_with_what_to_do_when_it_cannot_be(workspace, name, language, words):
    with pytest.raises(Refused) as refused:
        subscribe_form(workspace, name, language=language)
    assert words in str(refused.value)


def test_form_is_refused_when_it_would_lead_nowhere(front):  # noqa: F811
    with pytest.raises(Refused, match="public_url"):
        subscribe_form(Workspace(settings=front.but(public_url="").public.settings), LIST)

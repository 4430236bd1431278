import shutil

import pytest

from contracts.smtp_server import Inbox, mail_server
from web.front import Front, make_front, open_front
from web.newsroom import make_newsroom

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def post_office():
    """A real mail server; what arrives is forgotten before each test."""
    inbox = Inbox()
    with mail_server(inbox) as port:
        yield inbox, port


@pytest.fixture
def inbox(post_office):
    office, _port = post_office
    office.messages.clear()
    office.replies = lambda _step, _address: None
    return office


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """The folder of a newsroom, and a state with readers, to be copied."""
    folder = tmp_path_factory.mktemp("front")
    make_newsroom(folder / "newsroom")
    make_front(folder / "newsroom", folder / "state")
    return folder


@pytest.fixture(params=["sqlite"])
def front(request, tmp_path, prepared, post_office, inbox):
    """The pages over an SQLite file; with `both` beside it, over PostgreSQL as well."""
    database, folder = None, prepared / "newsroom"
    if request.param == "postgresql":
        database = request.getfixturevalue("server_place")
        make_front(folder, tmp_path / "state", database=database)
    else:
        shutil.copytree(prepared / "state", tmp_path / "state")
    with open_front(folder, tmp_path / "state", port=post_office[1], database=database) as public:
        yield Front(public, inbox)

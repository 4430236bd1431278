import pytest

from trax_mailer.errors import BadWorkspace
from trax_mailer.settings.database import database_settings


def test_password_comes_from_the_environment_alone_when_a_database_is_named():
    found = database_settings("postgresql://trax@db.example.org/trax", {"TRAX_DATABASE_PASSWORD": "sesame"})
    assert found.url == "postgresql://trax@db.example.org/trax"
    assert found.password.reveal() == "sesame"
    assert "sesame" not in repr(found)


@pytest.mark.parametrize(
    "url", ["postgresql://trax:sesame@h/trax", "postgresql://h/trax?user=a&password=sesame"]
)
def test_address_is_refused_and_not_repeated_when_it_holds_a_password(url):
    with pytest.raises(BadWorkspace, match="holds a password") as caught:
        database_settings(url, {})
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://h/trax", "postgresql://h", "postgresql://h:port/trax", "trax"])
def test_address_is_refused_when_it_names_no_database(url):
    with pytest.raises(BadWorkspace):
        database_settings(url, {})

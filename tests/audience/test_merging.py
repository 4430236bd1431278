from trax_mailer.audience import merge_values
from trax_mailer.model.merge import READER_FIELDS
from trax_mailer.model.subscriber import Subscriber


def test_every_field_has_a_value_when_the_reader_has_none():
    assert merge_values(Subscriber(id=None, email="ana@example.org")) == {
        **dict.fromkeys(READER_FIELDS, ""),
        "email": "ana@example.org",
    }


def test_values_are_the_readers_own_when_they_are_known():
    reader = Subscriber(
        id=1,
        email="ana@example.org",
        name='Ștefan & "Ana" <b>',
        language="fr",
        fields={"first_name": "Ștefan", "organisation": "UPR Info", "city": "Bern", "email": "other@x.org"},
    )
    values = merge_values(reader)
    assert set(values) == set(READER_FIELDS)
    assert values["name"] == 'Ștefan & "Ana" <b>'
    assert (values["first_name"], values["last_name"], values["country"]) == ("Ștefan", "", "")
    assert (values["email"], values["organisation"]) == ("ana@example.org", "UPR Info")

from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.model.merge import READER_FIELDS, MergeField, merge_values, split_merge_fields
from trax_mailer.model.subscriber import Subscriber


def test_words_and_fields_alternate_when_text_addresses_the_reader():
    parts, bad = split_merge_fields('Dear {{ reader.first_name | default("colleague") }},')
    assert parts == ("Dear ", MergeField("first_name", "colleague"), ",")
    assert bad == ()


def test_unknown_field_is_named_with_its_offset_when_it_is_misspelt():
    parts, bad = split_merge_fields("Dear {{ reader.frist_name }}")
    assert parts == ("Dear {{ reader.frist_name }}",)
    assert [(wrong.unknown_field, wrong.offset) for wrong in bad] == [("frist_name", 5)]


def test_everything_else_in_braces_is_refused_when_it_is_no_merge_field():
    for written in (
        "{{ 7*7 }}",
        "{{ reader.name",
        "{{ reader.name | upper }}",
        "{{ reader.name|default(x) }}",
    ):
        _, bad = split_merge_fields(written)
        assert [wrong.written for wrong in bad] == [written]
        assert bad[0].unknown_field is None


_WORDS = st.text().filter(lambda text: "{" not in text)


@given(_WORDS, st.sampled_from(READER_FIELDS), _WORDS)
def test_words_around_a_field_are_kept_whole_when_split(before, name, after):
    parts, bad = split_merge_fields(f"{before}{{{{ reader.{name} }}}}{after}")
    expected = tuple(part for part in (before, MergeField(name), after) if part != "")
    assert parts == expected
    assert bad == ()


@given(st.text(alphabet="{} reader.name|default(\"')x\n"))
def test_any_text_comes_back_when_nothing_in_it_is_a_field(text):
    parts, _ = split_merge_fields(text)
    if not any(isinstance(part, MergeField) for part in parts):
        assert "".join(parts) == text


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

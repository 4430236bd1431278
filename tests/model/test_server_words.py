import pytest

from trax_mailer.model.server_words import MOST_CHARACTERS, clean_words


@pytest.mark.parametrize(
    ("said", "clean"),
    [
        ("550 5.1.1 <ana@example.org>: no such user", "550 5.1.1 <…@…>: no such user"),
        ("to=ana.maria+news@mail.example.org is unknown", "to=…@… is unknown"),
        ('"ana maria"@example.org unknown', "…@… unknown"),
        ("see https://example.org/?p=ana%40example.org", "see https://example.org/?p=…@…"),
        ("554 [203.0.113.9] is listed", "554 […] is listed"),
        ("554 host 203-0-113-9.dsl.example.org", "554 host ….dsl.example.org"),
        ("listed: 2001:db8::1 today", "listed: … today"),
        ("from [IPv6:2001:db8:0:0:1:2:3:4], ::ffff:203.0.113.9", "from […], ……"),
        ("250 2.0.0 OK queued as 4Xy7Kz", "250 2.0.0 OK queued as 4Xy7Kz"),
        ("452 4.2.2 out of storage", "452 4.2.2 out of storage"),
        ("two\r\n lines \x00\x1b[31m\ud800", "two lines [31m"),
        ("ștefan@exämple.org unknown", "…@… unknown"),
    ],
)
def test_people_are_taken_out_of_the_words(said, clean):
    assert clean_words(said) == clean


def test_local_part_is_taken_out_when_the_address_is_known():
    said = "550 user Ana.Maria is unknown; anamaria stays"
    assert clean_words(said, address="ana.maria@example.org") == "550 user … is unknown; anamaria stays"


def test_words_are_short_when_much_was_said():
    assert len(clean_words("so " * 5_000)) <= MOST_CHARACTERS


@pytest.mark.parametrize("said", ["@" * 100_000, "a" * 100_000, ":" * 100_000, '"' * 100_000, "1." * 50_000])
def test_cleaning_is_quick_when_the_words_are_made_to_hurt(said):
    assert clean_words(said) is not None


def test_nothing_is_made_of_nothing():
    assert clean_words("") == ""

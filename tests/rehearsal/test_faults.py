import pytest

from trax_mailer.rehearsal.faults import Fate, Faults

ADDRESSES = [f"reader{number}@example.org" for number in range(4000)]


def test_fates_are_the_same_when_the_seed_is_the_same():
    one, two, other = (Faults(seed=seed, refused=0.2, hang_after=0.2) for seed in (7, 7, 8))
    fates = [[faults.fate_of(address, attempt=1) for address in ADDRESSES] for faults in (one, two, other)]
    assert fates[0] == fates[1]
    assert fates[0] != fates[2]


def test_shares_come_out_when_there_are_many_readers():
    faults = Faults(refused=0.1, put_off=0.2, drop_before=0.05, broken_after=0.01)
    fates = [faults.fate_of(address, attempt=1) for address in ADDRESSES]
    for fate, share in ((Fate.REFUSED, 0.1), (Fate.PUT_OFF, 0.2), (Fate.DROP_BEFORE, 0.05)):
        assert fates.count(fate) / len(fates) == pytest.approx(share, abs=0.03)
    assert fates.count(Fate.HANG_AFTER) == 0


def test_only_refusals_remain_when_a_reader_is_tried_again():
    faults = Faults(refused=0.3, put_off=0.3, hang_before=0.4)
    again = {faults.fate_of(address, attempt=2) for address in ADDRESSES}
    assert again == {Fate.REFUSED, Fate.FINE}


def test_named_address_is_refused_however_it_is_written():
    assert Faults(refuse=("amina@example.net",)).fate_of("Amina@Example.net", attempt=3) is Fate.REFUSED


def test_faults_are_the_same_when_they_went_through_a_command_line():
    faults = Faults(seed=3, put_off=0.25, refuse=("a@example.org",), throttled_domain="example.net")
    assert Faults.from_json(faults.to_json()) == faults

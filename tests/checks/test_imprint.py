from __future__ import annotations

from trax_mailer.model.finding import Severity


def test_it_is_an_error_when_there_is_no_way_out(check):
    found = check("imprint", html=("x",), text=("x",))
    assert [finding.severity for finding in found] == [Severity.ERROR, Severity.ERROR]
    assert "layout.mjml" in found[0].advice
    assert "layout.txt" in found[1].advice


def test_it_is_told_when_the_postal_address_is_not_shown(check, unsubscribe):
    address = "UPR & Co, Rue de Varembé 3, 1202 Geneva"
    html = ("<html>UPR &amp; Co<br>Rue de Varembé 3<br>1202 Geneva", unsubscribe)
    text = ("UPR & Co\nRue de Varembé 3\n1202 Geneva", unsubscribe)
    assert check("imprint", address=address, html=html, text=text) == []
    (finding,) = check("imprint", address=address, html=html, text=(unsubscribe,))
    assert "plain text part does not show" in finding.message

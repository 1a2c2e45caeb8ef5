"""A delivery encrypted with PGP is opened whatever brought it, by the same keys of `auth`."""

import pytest

from pgp_partner import Partner

pytestmark = pytest.mark.slow  # every message starts a gpg and an agent

CLEAR = b"id_cliente,email\n1,a@exemplo.com\n" * 200
PHRASE = "frase-marcada-7b"


@pytest.fixture(scope="module")
def partner():
    one = Partner()
    one.ours = one.key("nos", PHRASE)
    yield one
    one.close()


def encrypted(transport, fetching, partner, content, name="segredo"):
    """A source of a file `<name>.csv.pgp` that holds `content`, and the key that opens it."""
    name += transport.ending + ".pgp"
    transport.put(name, content)
    fetch = fetching(name)
    key = fetch.workspace.file("chave.asc", partner.ours)
    fetch.settings["auth"] = {**fetch.settings.get("auth", {}), "pgp_key_file": str(key),
                              "pgp_passphrase": "${env:FRASE}"}
    return fetch.save()


def test_a_message_is_opened_once_and_again_when_it_changed(transport, fetching, partner):
    fetch = encrypted(transport, fetching, partner, partner.message("nos", CLEAR))
    fetch.go(FRASE=PHRASE)
    assert fetch.files == {"segredo" + transport.ending: CLEAR}
    fetch.go(FRASE="not asked for")
    assert fetch.files == {"segredo" + transport.ending: CLEAR}
    transport.put(fetch.name, partner.message("nos", CLEAR * 2))
    fetch.go(FRASE=PHRASE)
    assert fetch.files == {"segredo" + transport.ending: CLEAR * 2}


def test_a_wrong_passphrase_is_told_and_a_cut_message_refused(transport, fetching, partner):
    message = partner.message("nos", CLEAR)
    fetch = encrypted(transport, fetching, partner, message, "errado")
    assert fetch.go(FRASE="marcada-errada").code == 1
    assert "does not open" in fetch.said and "pgp_passphrase" in fetch.said and "marcada" not in str(fetch.outcome)
    sent = transport.sent(fetch.name)
    fetch.go(FRASE=PHRASE)
    assert fetch.files == {"errado" + transport.ending: CLEAR}
    assert transport.sent(fetch.name) - sent < len(message) or not transport.over_http, "the bytes need not come again"
    cut = encrypted(transport, fetching, partner, message[:-20], "cortado")
    assert cut.go(FRASE=PHRASE).code == 1
    assert "damaged or cut" in cut.said and cut.kept() == []

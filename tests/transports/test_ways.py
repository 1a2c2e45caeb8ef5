"""The way to a server: through an office's proxy, and to certificates of a private authority only when it is named."""

import pytest

from connect_proxy import ConnectProxy
from product import USER

CONTENT = b"id_cliente\n1\n"


@pytest.fixture
def office():
    proxy = ConnectProxy()
    yield proxy
    proxy.close()


def test_what_speaks_tls_goes_through_the_proxy_of_the_environment(transport, fetching, office):
    if not transport.over_tls:
        pytest.skip("its server here speaks no TLS")
    name = "escritorio" + transport.ending
    transport.put(name, CONTENT)
    fetch = fetching(name)
    fetch.go(https_proxy=office.address, HTTPS_PROXY=office.address, no_proxy="", NO_PROXY="")
    assert list(fetch.files.values()) == [CONTENT]
    assert any(place.endswith(f":{transport.proxy.listens}") for place in office.asked), office.asked


def test_a_private_authority_is_refused_unless_it_is_named(transport, fetching):
    if not transport.over_tls:
        pytest.skip("its server here speaks no TLS")
    name = "desconhecida" + transport.ending
    transport.put(name, CONTENT)
    fetch = fetching(name)
    transport.forget_authority(fetch)
    assert fetch.go(QUARENTENA_CA_FILE="").code == USER
    assert "certificate is refused" in fetch.said
    fetch.go(QUARENTENA_CA_FILE=str(transport.ca_file))
    assert list(fetch.files.values()) == [CONTENT]

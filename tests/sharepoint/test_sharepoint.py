"""Sources on SharePoint, through a server that follows Microsoft Graph's published protocol."""

import hashlib
import os
import time

import pytest
from graph_server import HOST, make_certificate
from product import CONTACT, DONE, SEED, TEMPORARY, USER, csv_of, seed_copy

CSV = csv_of(CONTACT).encode()
# Large enough to be cut, and no two parts of it are alike.
BIG = b"".join(hashlib.sha256(str(i).encode()).hexdigest().encode() + b"\n" for i in range(20000))


def say(outcome):
    return outcome.out + outcome.err


# What is read


def test_the_workbook_of_the_example_loads_as_from_a_local_file(graph, library, workspace, tmp_path):
    library.put("crm_data.xlsx", (SEED / "crm.xlsx").read_bytes())
    settings = {"canal": "CRM", "format": "xlsx", "where": "data_base = data_carga", "dias": 30}
    workspace.remote("Shared Documents/crm_data.xlsx", **settings)
    assert workspace.run().code == DONE
    local = seed_copy(tmp_path / "local")
    assert local.run("--only", "crm").code == DONE
    crm = [row for row in local.rows() if row[1] == "CRM"]
    assert crm and workspace.rows() == crm


def test_an_unchanged_file_is_not_brought_again(graph, library, workspace):
    item = library.put("crm.csv", CSV)
    workspace.remote("Documents/crm.csv")
    assert workspace.run().code == DONE
    graph.forget()
    item.annotate()  # another eTag, the same content
    second = workspace.run()
    assert second.code == DONE
    assert graph.requests("graph") and not graph.requests("graph", "/content") and not graph.requests("files")


def test_a_changed_file_is(graph, library, workspace):
    item = library.put("crm.csv", CSV)
    workspace.remote("Documents/crm.csv")
    assert workspace.delivered() == {"crm.csv": CSV}
    item.save(CSV.replace(b"1,a@", b"2,b@"))
    assert workspace.delivered() == {"crm.csv": item.content}


@pytest.mark.parametrize("name", ["Shared Documents", "Documents", "shared documents"])
def test_a_library_is_known_by_its_name_and_by_its_address(library, workspace, name):
    library.put("crm.csv", CSV)
    assert workspace.remote(f"{name}/crm.csv").delivered() == {"crm.csv": CSV}


@pytest.mark.parametrize("path", [
    "relatório de março/ação nº 1.csv", "100% #1/a%20b.csv", "it's (new) [2]/a+b&c=d.csv", "x;y@z,w/~$!.csv"])
def test_names_are_written_as_people_see_them(library, workspace, path):
    library.put(path, CSV)
    assert workspace.remote(f"Documents/{path}").delivered() == {path.split("/")[-1]: CSV}


def test_site_drive_and_item_are_known_by_their_ids(graph, library, workspace):
    item = library.put("folder/crm.csv", CSV)
    site = graph.sites[0].id
    for location in (f"{HOST}/sites/{site}/Documents/folder/crm.csv", f"{HOST}/sites/marketing/{library.id}/folder/crm.csv",
                     f"{HOST}/drives/{library.id}/folder/crm.csv", f"{HOST}/drives/{library.id}/items/{item.id}"):
        assert workspace.remote("sharepoint://" + location).delivered() == {"crm.csv": CSV}, location


def test_the_root_site_and_a_site_below_a_site(graph, library, workspace):
    graph.site("").library("Arquivos").put("root.csv", CSV)
    graph.site("sites/marketing/brasil").library("Dados").put("sub.csv", CSV)
    assert workspace.remote(f"sharepoint://{HOST}/Arquivos/root.csv").delivered() == {"root.csv": CSV}
    assert workspace.remote("brasil/Dados/sub.csv").delivered() == {"sub.csv": CSV}


def test_patterns_are_matched_over_every_page_of_a_folder(graph, library, workspace):
    graph.page_size = 3
    for i in range(10):
        library.put(f"Export/mkt_{i}.csv", CSV)
    for other in ("Export/_mkt_x.csv", "Export/.mkt.csv", "Export/mkt_1.txt", "Export/old/mkt_9.csv", "mkt_0.csv"):
        library.put(other, CSV)
    assert sorted(workspace.remote("Documents/Export/MKT_*.csv").delivered()) == [f"mkt_{i}.csv" for i in range(10)]
    assert len(graph.requests("graph", "/children")) == 5


def test_a_pattern_in_a_folder_and_any_depth_of_folders(library, workspace):
    for path in ("2024/maio/a.csv", "2024/junho/b.csv", "2023/maio/c.csv"):
        library.put(path, CSV)
    assert sorted(workspace.remote("Documents/2024/*/?.csv").delivered()) == ["a.csv", "b.csv"]
    assert sorted(workspace.remote("Documents/**/*.csv").delivered()) == ["a.csv", "b.csv", "c.csv"]


def test_a_folder_is_all_that_is_in_it(library, workspace):
    for path in ("in/a.csv", "in/deep/b.csv", "in/_tmp/c.csv", "in/_d.csv"):
        library.put(path, CSV)
    assert sorted(workspace.remote("Documents/in").delivered()) == ["a.csv", "b.csv"]


def test_only_the_newest_when_told_so(library, workspace):
    library.put("a.csv", CSV).modified -= 60
    library.put("b.csv", CSV)
    library.put("c.csv", CSV).modified -= 120
    assert list(workspace.remote("Documents/*.csv", take="newest").delivered()) == ["b.csv"]


def test_the_day_of_the_load_is_filled_in(library, workspace):
    library.put("2024/mkt_20240528.csv", CSV)
    workspace.remote("Documents/{data_carga:%Y}/mkt_{data_carga:%Y%m%d}.csv")
    assert workspace.run().code == DONE


# Signing in


def test_the_token_never_reaches_the_host_of_the_files(graph, library, workspace):
    library.put("crm.csv", CSV)
    workspace.remote("Documents/crm.csv").delivered()
    assert graph.requests("files")
    assert not any("authorization" in seen.headers for seen in graph.requests("files"))


def test_sources_of_one_application_sign_in_once(graph, library, workspace):
    for name in "abcd":
        library.put(f"{name}.csv", CSV)
        workspace.remote(f"Documents/{name}.csv", name=name)
    assert workspace.run().code == DONE
    assert len(graph.requests("login")) == 1


def test_a_token_that_ends_midway_is_renewed_once(graph, library, workspace):
    library.put("crm.csv", CSV)
    graph.answers = [("graph", "/drives/", 401, {})]
    assert workspace.remote("Documents/crm.csv").delivered() == {"crm.csv": CSV}
    assert len(graph.requests("login")) == 2


def test_a_token_that_was_revoked_while_a_file_came_is_renewed(graph, library, workspace):
    for name in "ab":
        library.put(f"{name}.csv", CSV)
    graph.on_content = lambda item: graph.revoke_tokens()
    assert sorted(workspace.remote("Documents/*.csv").delivered()) == ["a.csv", "b.csv"]
    assert len(graph.requests("login")) == 2


def test_a_token_that_is_refused_for_good_is_asked_for_twice(graph, library, workspace):
    graph.token_life_s = 0
    done = workspace.remote("Documents/crm.csv").fetch()
    assert done.code == USER and "401 (InvalidAuthenticationToken)" in say(done)
    assert len(graph.requests("login")) == 2


def test_a_wrong_secret_is_tried_once(graph, library, workspace):
    library.put("crm.csv", CSV)
    done = workspace.remote("Documents/crm.csv").run(env={"GRAPH_SECRET": "marked-wrong-secret"})
    assert done.code == USER
    assert len(graph.requests("login")) == 1
    assert "AADSTS7000215" in done.err and "not its Secret ID" in done.err and "source 'crm'" in done.err
    assert "marked-wrong-secret" not in say(done) and graph.client_secret not in say(done)


@pytest.mark.parametrize("auth, code", [
    ({"tenant": "nobody.onmicrosoft.com"}, "AADSTS90002"), ({"client_id": "0000"}, "AADSTS700016")])
def test_a_wrong_tenant_or_application_is_told_apart(graph, library, workspace, auth, code):
    done = workspace.remote("Documents/crm.csv", auth=auth).fetch()
    assert done.code == USER and code in say(done)
    assert len(graph.requests("login")) == 1


@pytest.mark.parametrize("missing", ["tenant", "client_id", "client_secret"])
def test_what_is_missing_to_sign_in_is_named_before_anybody_is_asked(graph, workspace, missing):
    workspace.remote("Documents/crm.csv")
    del workspace.sources["crm"]["auth"][missing]
    done = workspace.source("crm", **workspace.sources["crm"]).fetch()
    assert done.code == USER and f"`{missing}`" in say(done)
    assert not graph.seen


def certificate_of(workspace, graph, pair, **more):
    auth = {key: value for key, value in graph.auth.items() if key != "client_secret"}
    certificate, key = pair
    workspace.source("crm", location=f"sharepoint://{HOST}/sites/marketing/Documents/crm.csv",
                     auth={**auth, "certificate": str(certificate), "key_file": str(key), **more})
    return workspace


def test_a_certificate_signs_in_in_place_of_a_secret(graph, library, workspace, tmp_path):
    library.put("crm.csv", CSV)
    pair = make_certificate(tmp_path, "app")
    graph.register(pair[0])
    assert certificate_of(workspace, graph, pair).delivered() == {"crm.csv": CSV}


def test_a_key_in_the_certificate_s_own_file_opened_by_its_passphrase(graph, library, workspace, tmp_path):
    library.put("crm.csv", CSV)
    certificate, key = make_certificate(tmp_path, "app", passphrase="a long one")
    graph.register(certificate)
    both = workspace.file("app.pem", certificate.read_bytes() + key.read_bytes())
    certificate_of(workspace, graph, (both, both), passphrase="${env:PASSPHRASE}")
    del workspace.sources["crm"]["auth"]["key_file"]
    workspace.source("crm", **workspace.sources["crm"])
    assert workspace.delivered(workspace.fetch("--json", env={"PASSPHRASE": "a long one"})) == {"crm.csv": CSV}
    wrong = workspace.fetch(env={"PASSPHRASE": "marked-wrong"})
    assert wrong.code == USER and "the passphrase does not open the private key" in say(wrong)
    assert "marked-wrong" not in say(wrong)


def test_a_certificate_that_is_not_the_application_s_is_refused_once(graph, library, workspace, tmp_path):
    done = certificate_of(workspace, graph, make_certificate(tmp_path, "other")).fetch()
    assert done.code == USER and "AADSTS700027" in say(done)
    assert len(graph.requests("login")) == 1


def test_a_key_of_another_certificate_is_seen_before_anybody_is_asked(graph, library, workspace, tmp_path):
    certificate, _ = make_certificate(tmp_path, "one")
    _, key = make_certificate(tmp_path, "two")
    done = certificate_of(workspace, graph, (certificate, key)).fetch()
    assert done.code == USER and "not the key of the certificate" in say(done)
    assert not graph.seen


def test_an_application_without_a_grant_for_the_site_is_told_what_to_ask_for(graph, library, workspace):
    library.put("crm.csv", CSV)
    graph.sites[0].readable = False
    done = workspace.remote("Documents/crm.csv").fetch()
    assert done.code == USER and "403 (accessDenied)" in say(done) and "Sites.Selected" in say(done)


def test_the_token_is_not_sent_in_the_clear(graph, library, workspace):
    for key in ("endpoint", "authority"):
        done = workspace.remote("Documents/crm.csv", auth={key: "http://127.0.0.1:9"}).fetch()
        assert done.code == USER and f"`{key}` is not an https address" in say(done)
    assert not graph.seen


# What is not there


def test_an_absent_file_names_the_folder_and_what_is_in_it(library, workspace):
    for name in ("crm_data_maio.xlsx", "clientes.xlsx", "z.csv"):
        library.put(f"exports/{name}", CSV)
    done = workspace.remote("Shared Documents/exports/crm_data.xlsx", format="csv").run()
    assert done.code == USER
    assert f"no 'crm_data.xlsx' in sharepoint://{HOST}/sites/marketing/Shared Documents/exports" in done.err
    assert "there is 'crm_data_maio.xlsx', 'clientes.xlsx', 'z.csv'" in done.err and "source 'crm'" in done.err


def test_an_absent_folder_is_named_not_the_file_in_it(library, workspace):
    library.put("export/crm.csv", CSV)
    done = workspace.remote("Documents/exports/2024/crm.csv").fetch()
    assert done.code == USER
    assert f"no 'exports' in sharepoint://{HOST}/sites/marketing/Documents" in say(done) and "'export'" in say(done)


def test_an_absent_library_names_those_of_the_site(graph, library, workspace):
    graph.sites[0].library("Contratos")
    done = workspace.remote("Docs/sub/crm.csv").fetch()
    assert done.code == USER
    assert f"no library 'Docs' in sharepoint://{HOST}/sites/marketing" in say(done)
    assert "'Documents (Shared Documents)'" in say(done) and "'Contratos'" in say(done)


def test_an_escaped_name_is_told_from_the_name_it_means(library, workspace):
    done = workspace.remote("Shared%20Documents/crm.csv").fetch()
    assert done.code == USER and "not percent-encoded" in say(done)


def test_an_absent_site_is_named(graph, library, workspace):
    done = workspace.remote(f"sharepoint://{HOST}/sites/marketeng/Documents/crm.csv").fetch()
    assert done.code == USER and f"no site at sharepoint://{HOST}/sites/marketeng" in say(done)


def test_a_pattern_that_finds_nothing_names_what_is_there(library, workspace):
    library.put("vendas.csv", CSV)
    done = workspace.remote("Documents/mkt_*.csv").fetch()
    assert done.code == USER and "mkt_*.csv" in say(done) and "'vendas.csv'" in say(done)


def test_a_notebook_is_no_delivery(library, workspace):
    library.put("notes.csv", CSV).notebook = True
    done = workspace.remote("Documents/notes.csv").fetch()
    assert done.code == USER and "neither a file nor a folder" in say(done)


def test_an_empty_file_is_no_delivery(graph, library, workspace):
    library.put("crm.csv", b"")
    done = workspace.remote("Documents/crm.csv").run()
    assert done.code == USER and "is empty (0 bytes)" in say(done)
    assert not graph.requests("files")


# What goes wrong on the way


@pytest.mark.slow
@pytest.mark.parametrize("server, part", [("login", "/token"), ("graph", "/sites/"), ("graph", "/content"), ("files", "")])
@pytest.mark.parametrize("status", [429, 503])
def test_throttling_is_waited_out_as_long_as_the_server_asks(graph, library, workspace, server, part, status):
    library.put("crm.csv", CSV)
    graph.answers = [(server, part, status, {"Retry-After": "2"})]
    begun = time.monotonic()
    assert workspace.remote("Documents/crm.csv").delivered() == {"crm.csv": CSV}
    assert time.monotonic() - begun >= 2 and not graph.answers


def test_a_short_throttling_is_waited_out(graph, library, workspace):
    library.put("crm.csv", CSV)
    graph.answers = [("graph", "/content", 429, {"Retry-After": "1"})]
    assert workspace.remote("Documents/crm.csv").delivered() == {"crm.csv": CSV}


def test_throttling_beyond_the_budget_ends_at_once(graph, library, workspace):
    graph.answers = [("graph", "/sites/", 429, {"Retry-After": "7200"})]
    begun = time.monotonic()
    done = workspace.remote("Documents/crm.csv").run()
    assert done.code == TEMPORARY and "429" in done.err
    assert time.monotonic() - begun < 10


def test_what_was_cut_goes_on_where_it_was_cut(graph, library, workspace):
    library.put("big.csv", BIG)
    graph.cuts = [300_000, 70_000, 500_000]
    assert workspace.remote("Documents/big.csv").delivered() == {"big.csv": BIG}
    files = graph.requests("files")
    assert [seen.headers.get("range") for seen in files] == [None, "bytes=300000-", "bytes=370000-", "bytes=870000-"]
    assert len({seen.path for seen in files}) == 1, "on the same pre-authenticated address"
    assert len(graph.requests("graph", "/content")) == 1


@pytest.mark.slow
def test_a_cut_at_every_64_kib_ends_in_the_whole_file(graph, library, workspace):
    library.put("big.csv", BIG[:1 << 20])
    graph.cuts = [65536] * 15
    assert workspace.remote("Documents/big.csv").delivered() == {"big.csv": BIG[:1 << 20]}
    assert sum(seen.sent for seen in graph.requests("files")) == 1 << 20


@pytest.mark.slow
def test_a_later_run_goes_on_where_an_interrupted_one_ended(graph, library, workspace):
    library.put("big.csv", BIG)
    graph.cuts = [400_000] + [0] * 20
    assert workspace.remote("Documents/big.csv").fetch().code == TEMPORARY
    graph.cuts, graph.seen = [], []
    assert workspace.delivered() == {"big.csv": BIG}
    assert [seen.headers.get("range") for seen in graph.requests("files")] == ["bytes=400000-"]


def test_an_address_that_expired_is_replaced_by_a_fresh_one(graph, library, workspace):
    library.put("big.csv", BIG)
    graph.cuts, graph.expired_after = [300_000], 300_000
    assert workspace.remote("Documents/big.csv").delivered() == {"big.csv": BIG}
    assert [(seen.status, seen.headers.get("range")) for seen in graph.requests("files")] == [
        (200, None), (401, "bytes=300000-"), (206, "bytes=300000-")]
    assert len(graph.requests("graph", "/content")) == 2


def test_a_server_that_ignores_the_range_does_not_double_the_beginning(graph, library, workspace):
    library.put("big.csv", BIG)
    graph.cuts, graph.ignores_range = [300_000], True
    assert workspace.remote("Documents/big.csv").delivered() == {"big.csv": BIG}


def test_a_file_saved_while_it_came_is_brought_in_its_new_version(graph, library, workspace):
    item = library.put("crm.csv", CSV)
    new = csv_of(CONTACT, ("2", "b@exemplo.com", "", "Oferta", "2024-05-27")).encode()

    def save(_):
        graph.on_content = None
        item.save(new)

    graph.on_content = save
    assert workspace.remote("Documents/crm.csv").delivered() == {"crm.csv": new}


@pytest.mark.parametrize("fault, why", [
    (lambda graph: setattr(graph, "alter", lambda content: content[:-9] + b"2024-05-2"), "quickXorHash"),
    (lambda graph: setattr(graph, "alter", lambda content: content[:-9]), "announced"),
    (lambda graph: setattr(graph, "page_instead", True), "web page"),
])
def test_bytes_that_are_not_the_file_s_are_refused(graph, library, workspace, fault, why):
    library.put("crm.csv", CSV)
    fault(graph)
    done = workspace.remote("Documents/crm.csv").run()
    assert done.code == USER and why in done.err and "source 'crm'" in done.err
    assert workspace.version() is None
    graph.alter, graph.page_instead = None, False
    assert workspace.run().code == DONE, "nothing of it was kept"


def test_without_a_checksum_the_size_is_checked(graph, library, workspace):
    item = library.put("crm.csv", CSV)
    item.hash_told = False
    assert workspace.remote("Documents/crm.csv").delivered() == {"crm.csv": CSV}
    item.save(CSV + b"\n")
    item.size_told = 7
    assert "7 were announced" in workspace.run().err


def test_the_token_does_not_follow_a_list_to_another_host(graph, library, workspace):
    graph.page_size = 1
    graph.next_link = graph.address("files") + "/v1.0/next"
    for name in "ab":
        library.put(f"{name}.csv", CSV)
    done = workspace.remote("Documents/*.csv").run()
    assert done.code == USER and "the token is not sent to another host" in say(done)
    assert not graph.requests("files")


@pytest.mark.slow
def test_no_network_is_temporary(graph, library, workspace):
    workspace.remote("Documents/crm.csv")
    graph.close()
    done = workspace.run()
    assert done.code == TEMPORARY and "source 'crm'" in done.err
    assert workspace.version() is None


def test_nothing_that_is_secret_is_kept_or_said(graph, library, workspace):
    library.put("crm.csv", CSV)
    graph.cuts = [10]
    done = workspace.remote("Documents/crm.csv").run(env={"GRAPH_SECRET": graph.client_secret})
    assert done.code == DONE
    secret = [graph.client_secret, *graph.tokens, *(query.split("tempauth=")[1].split("&")[0] for query in graph.addresses)]
    assert len(secret) >= 3
    for folder, _, names in os.walk(workspace.folder):
        for name in names:
            content = open(os.path.join(folder, name), "rb").read().decode("latin-1")
            assert not any(text in content for text in secret), os.path.join(folder, name)
    assert not any(text in say(done) for text in secret)

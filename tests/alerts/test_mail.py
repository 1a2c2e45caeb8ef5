"""Alerts by mail, from a server that wants STARTTLS and a sign-in."""

from alert_servers import MailServer
from product import DEGRADED, DONE, USER


def by_mail(watched, mail, authority, **settings):
    email = {"server": f"smtp://127.0.0.1:{mail.port}", "from": "quarentena@exemplo.com.br",
             "to": ["dados@exemplo.com.br", "plantao@exemplo.com.br"], "user": mail.USER,
             "password": "${env:SMTP_PASSWORD}", "ca_file": str(authority.ca_file), **settings}
    watched.more["alerts"]["channels"] = {"dados": {"email": {key: value for key, value in email.items() if value}}}
    watched.env["SMTP_PASSWORD"] = mail.PASSWORD
    return watched


def carry(watched):
    watched.loaded()
    (watched.folder / "crm.csv").unlink()
    return watched.run()


def test_a_mail_says_what_happened_what_it_means_and_what_to_do(watched, mail, authority):
    assert carry(by_mail(watched, mail, authority)).code == DEGRADED
    (to, message), = mail.mails
    assert to == ["dados@exemplo.com.br", "plantao@exemplo.com.br"]
    assert message["Subject"].startswith("quarentena: degraded: crm is carried forward on 2024-05-28")
    assert message["From"] == "Quarentena <quarentena@exemplo.com.br>"
    text = message.get_body().get_content()
    assert "nobody of Marketing is released" in text and "sources test" in text
    assert message["Message-ID"].endswith("@exemplo.com.br>") and message["Date"] and message["Auto-Submitted"]
    assert mail.signed_in == [(mail.USER, mail.PASSWORD, True)]


def test_a_wrong_password_is_tried_once_and_the_notice_waits(watched, mail, authority):
    by_mail(watched, mail, authority).env["SMTP_PASSWORD"] = "senha-errada"
    done = carry(watched)
    assert done.code == DEGRADED and "refuses the sign-in" in done.err, done
    assert "senha-errada" not in done.err
    assert len(mail.signed_in) == 1
    watched.env["SMTP_PASSWORD"] = mail.PASSWORD
    assert watched.run().code == DEGRADED
    assert len(mail.mails) == 1


def test_a_certificate_of_an_unknown_authority_is_refused(watched, mail, authority):
    done = carry(by_mail(watched, mail, authority, ca_file=None))
    assert done.code == DEGRADED and "certificate is refused" in done.err, done
    assert mail.signed_in == [] and mail.mails == []


def test_a_server_without_starttls_gets_nothing_unless_it_is_told_so(watched, authority):
    plain = MailServer(authority, starttls=False)
    try:
        done = carry(by_mail(watched, plain, authority))
        assert done.code == DEGRADED and "no STARTTLS" in done.err, done
        assert plain.mails == [] and plain.signed_in == []
        by_mail(watched, plain, authority, starttls="off")
        watched.configure()
        assert watched.command("config check").code == USER, "a password in the clear"
        by_mail(watched, plain, authority, starttls="off", user=None, password=None)
        watched.configure()
        assert watched.command("alerts test").code == DONE
        assert len(plain.mails) == 1
    finally:
        plain.close()


def test_a_mail_with_other_letters_arrives_whole(watched, mail, authority):
    by_mail(watched, mail, authority)
    watched.deliver("crm", ["1"], sent="2024-05-26")
    watched.source("crm", canal="Recomendação", dias=30)
    assert watched.run(data_carga="2024-05-27").code == DONE
    (watched.folder / "crm.csv").unlink()
    assert watched.run().code == DEGRADED
    assert "nobody of Recomendação is released" in mail.mails[0][1].get_body().get_content()

"""Signing in with a real browser and its authenticator: a code, a passkey, one's own desk, and out again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from tests.console.own_node import Served, authenticator, enrol, free_port, opened, run
from tests.patience import PATIENCE_MS

from keepclear.cli.persons import people_of
from keepclear.service.auth import Role

pytestmark = pytest.mark.needs_browser


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("signin") / "node"
    for words in (
        ["init", folder, "--party", "COA", "--party", "RUS"],
        ["party", "RUS", "Russian forces", "--as", "COA", "--dir", folder],
        ["party", "COA", "Coalition", "--as", "COA", "--tell", "RUS", "--dir", folder],
    ):
        run(*words)
    served = Served(folder, free_port())
    served.start()
    yield served
    served.stop()


@pytest.fixture
def context(mapless: Browser) -> Iterator[BrowserContext]:
    opened = mapless.new_context(viewport={"width": 1440, "height": 900})
    opened.set_default_timeout(PATIENCE_MS)
    yield opened
    opened.close()


@pytest.mark.brief
def test_a_code_makes_a_passkey_that_opens_ones_own_desk_and_no_other(context, node):
    page = opened(context, node)
    line, key = authenticator(page)
    assert len(enrol(page, node.invite("Anna Berg"))) == 6
    expect(page.locator("[data-signed-in]")).to_contain_text("Anna Berg")
    desks = page.get_by_role("region", name="Desk: ")
    expect(desks).to_have_count(1)
    expect(desks).to_have_accessible_name("Desk: COA")
    (credential,) = line.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]
    assert (credential["isResidentCredential"], credential["rpId"]) == (True, "localhost")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_selector("[data-signin]")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_selector("[data-signed-in]")
    expect(page.locator("[data-signed-in]")).to_contain_text("Anna Berg")


def test_the_cookie_is_out_of_reach_of_scripts(context, node):
    page = opened(context, node)
    authenticator(page)
    enrol(page, node.invite("Clara Dunn"))
    assert page.evaluate("document.cookie") == ""
    (cookie,) = context.cookies(node.url)
    assert (cookie["name"], cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (
        "__Host-keepclear", True, True, "Strict",
    )  # fmt: skip


def test_a_signed_in_officer_acts_by_the_page_and_its_writes_bear_the_mark(context, node):
    page = opened(context, node)
    authenticator(page)
    enrol(page, node.invite("Eva Falk"))
    page.wait_for_selector('[data-act="flash"]')
    page.click('[data-act="flash"]')
    refused = page.evaluate(
        "fetch('/api/v1/desks/COA/statements', {method: 'POST', body: '{}'}).then((a) => a.json())"
    )
    assert refused["rule"] == "csrf"
    told = page.evaluate(
        """async () => {
            const {csrf} = await (await fetch('/api/v1/session')).json()
            const body = {body: {kind: 'remark', text: 'by the page'}, readers: ['RUS']}
            const headers = {'X-Keepclear-CSRF': csrf, 'Idempotency-Key': crypto.randomUUID()}
            const sent = {method: 'POST', headers, body: JSON.stringify(body)}
            return (await fetch('/api/v1/desks/COA/statements', sent)).status
        }"""
    )
    assert told == 201


def test_a_device_that_did_not_check_its_holder_does_not_open_the_desk(context, node):
    page = opened(context, node)
    line, key = authenticator(page)
    enrol(page, node.invite("Greta Holm"))
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_selector("[data-signin]")
    line.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_selector("[role=alert]")
    assert page.locator("[data-signed-in]").count() == 0


def test_a_wrong_or_used_code_is_refused_aloud(context, node):
    page = opened(context, node)
    authenticator(page)
    code = node.invite("Ida Jansen")
    enrol(page, code)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_selector("[data-signin]")
    page.get_by_label("One-time code or recovery code").fill(code)
    page.get_by_role("button", name="Make a passkey with this code").click()
    expect(page.locator(".fault")).to_contain_text("Otherwise ask your watch chief")


def test_a_recovery_code_replaces_a_lost_passkey(context, node, mapless):
    page = opened(context, node)
    authenticator(page)
    codes = enrol(page, node.invite("Karin Lund"))
    other = mapless.new_context()
    other.set_default_timeout(PATIENCE_MS)
    fresh = opened(other, node)
    authenticator(fresh)
    enrol(fresh, codes[2])
    expect(fresh.locator("[data-signed-in]")).to_contain_text("Karin Lund")
    page.reload()
    page.wait_for_selector("[data-signin]")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator(".fault")).to_be_visible()
    other.close()


def test_a_session_outlives_a_restart_and_ends_on_the_page_when_it_is_ended(context, node):
    page = opened(context, node)
    authenticator(page)
    enrol(page, node.invite("Mona Nord"))
    node.stop()
    node.start()
    page.reload()
    page.wait_for_selector("[data-signed-in]")
    with people_of(node.folder) as people:
        people.store.end_sessions(people.named("Mona Nord").id)
    run("message", "RUS", "To wake the page", "--as", "COA", "--dir", node.folder)
    page.wait_for_selector("[data-signin]")


def test_a_person_changes_between_its_roles_on_the_page(context, node):
    page = opened(context, node)
    authenticator(page)
    enrol(page, node.invite("Olga Pahl", Role.WATCH_CHIEF, Role.OBSERVER))
    page.get_by_label("Role").select_option("observer")
    expect(page.get_by_label("Role")).to_have_value("observer")
    # The page shows the choice at once; the node has it when it has answered.
    page.wait_for_function(
        "fetch('/api/v1/session').then((a) => a.json()).then((a) => a.role === 'observer')"
    )


def test_the_page_speaks_three_languages_and_points_to_where_passkeys_work(context, node):
    page = opened(context, node)
    page.get_by_role("button", name="العربية").click()
    expect(page.locator("main")).to_have_attribute("dir", "rtl")
    expect(page.get_by_role("heading", level=2)).to_have_text("تسجيل الدخول")
    page.get_by_role("button", name="Русский").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("Вход")
    page.get_by_role("button", name="English").click()
    page.goto(node.url.replace("localhost", "127.0.0.1"))
    expect(page.get_by_role("link", name=node.url)).to_be_visible()
    assert page.get_by_role("button", name="Sign in with a passkey").count() == 0

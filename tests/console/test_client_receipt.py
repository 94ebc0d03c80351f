"""A hosted reader's client cosigns while the page is open: the ladder on it goes from host to reader."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator

import httpx
import msgspec
import pytest
from playwright.sync_api import Page, expect
from tests.console.serving import Demonstration, ended
from tests.stories.test_client_receipts import MIRROR, SIGNS, TOLD

from keepclear.model.statements import decode, encode, signed_part
from keepclear.record import note
from keepclear.record.cosign import cosign

pytestmark = pytest.mark.needs_browser


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """A demo of its own: once a client has enrolled, nobody else acts for its desk."""
    with ended(tmp_path_factory.mktemp("client")) as served:
        yield served


def client(demonstration: Demonstration):
    """Give a way to post as the Russian desk's client."""
    base = f"{demonstration.url}api/v1/"
    personas = httpx.get(f"{base}demo", trust_env=False).json()["personas"]
    token = next(each["token"] for each in personas if each["party"] == "RUS")

    def post(path: str, body: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "client"}
        url = f"{base}desks/RUS/client/{path}"
        return httpx.post(url, json=body, headers=headers, trust_env=False).raise_for_status()

    return post


def test_the_ladder_on_the_page_reads_delivered_once_the_client_has_cosigned(
    played: Page, demonstration: Demonstration
) -> None:
    played.get_by_role("button", name="Between the desks").click()
    newest = played.locator("[data-way='COA→RUS'][data-kind=message]").first
    second = newest.locator(".ladder li").nth(1)
    expect(second).to_contain_text("Held by host")
    post = client(demonstration)
    wish = {"enrol": {"vkey": SIGNS.vkey, "mirror": MIRROR.verifying.vkey}}
    signed = []
    for row in post("prepare", wish).json()["statements"]:
        statement = decode(b64decode(row["unsigned"]))
        sig = b64encode(SIGNS.sign(signed_part(statement))).decode()
        signed.append(b64encode(encode(msgspec.structs.replace(statement, sig=sig))).decode())
    post("statements", {**wish, "signed": signed})
    expect(second).to_contain_text("Held by host")  # a key alone says nothing of what is held
    node = demonstration._writer.node
    head = node.store.checkpoints(TOLD)[-1]
    origin = next(row.origin for row in node.store.logs() if row.log == TOLD)
    line = cosign(note.parse(head.note).text, MIRROR, node.clock.now()).decode()
    post("cosignatures", {"items": [{"origin": origin, "size": head.size, "line": line}]})
    expect(second).to_contain_text("Delivered")
    expect(second).not_to_contain_text("Held by host")

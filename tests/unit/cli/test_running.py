"""Commands that run a node: made once, served on this machine only, looked over by doctor."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import warnings
from contextlib import contextmanager

import httpx
import pytest
from tests.patience import PATIENCE_S
from tests.ready_command import keepclear
from tests.shares import mostly_long

from keepclear.cli.running import serve
from keepclear.service.listening import bound_sockets, listen
from keepclear.service.readying import make_ready
from keepclear.service.settings import RUNNING, TOKENS
from keepclear.service.tls import pinned_context


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", "::"])  # noqa: S104
def test_listening_beyond_this_machine_is_refused(cli, read_node, host):
    done = cli("serve", "--dir", read_node, "--host", host)
    assert (done.status, done.out) == (1, "")
    assert "loopback-only" in done.err


def test_doctor_says_of_each_thing_whether_it_is_there(cli, read_node, tmp_path):
    well = cli("doctor", "--dir", read_node)
    assert well.status == 0
    assert f"a node in {read_node}: Exercise, hosts NOR, SOU" in well.out
    assert "its record verifies: grade: 1 self-consistent only" in well.out
    rows = cli("doctor", "--dir", tmp_path / "none", "--json").json()
    assert [row["ok"] for row in rows if row["what"].startswith("a node in")] == [False]


def test_doctor_ends_with_one_when_the_record_does_not_open(cli, node):
    record = node / "record.sqlite3"
    record.write_bytes(b"not a database" * 100)
    done = cli("doctor", "--dir", node)
    assert done.status == 1
    assert "MISSING   its record opens" in done.out


def test_commands_reach_a_running_node_over_http(cli, node):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [keepclear(), "serve", "--dir", node, "--port", str(port)]
    served = subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(node / RUNNING, port, served)
        done = cli("message", "SOU", "While it runs", "--as", "NOR", "--dir", node)
        assert (done.status, "NO NODE" in done.err) == (0, False), done.err
        assert "While it runs" in cli("show", "messages", "--as", "SOU", "--dir", node).out
    finally:
        served.send_signal(signal.SIGINT)
        served.communicate(timeout=PATIENCE_S)
    assert not (node / RUNNING).exists()
    assert "While it runs" in cli("show", "messages", "--as", "SOU", "--dir", node).out


@pytest.mark.parametrize("port", [0, -1, 99999])
def test_a_port_that_there_is_not_is_refused_before_anything_is_announced(cli, read_node, port):
    done = cli("serve", "--dir", read_node, "--port", port)
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith(f"Refused: listening at port {port}")


def test_a_port_in_use_is_said_to_be_so_and_nothing_announced(cli, read_node):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = cli("serve", "--dir", read_node, "--port", port)
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith(f"Refused: port {port} is in use")
    assert not (read_node / RUNNING).exists()


def test_a_node_whose_console_was_never_built_says_so_at_serve_and_in_the_browser(node, monkeypatch):
    said = []
    monkeypatch.setattr("keepclear.cli.running.say", said.append)
    monkeypatch.setattr("keepclear.service.http.app.files", lambda _: node)

    async def look(app):
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1"
        ) as browser:
            said.extend([await browser.get("/"), await browser.get("/api/v1/none")])

    monkeypatch.setattr("keepclear.cli.running.run", lambda app, *_: asyncio.run(look(app)))
    serve(dir_=node, port=_free_port())
    announced, page, other = said
    assert "make console" in announced
    assert "wake nobody beyond this station: keepclear reach add" in announced
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "No page is built here: make console" in page.text
    assert other.json()["rule"] == "path"


class Knocking:
    """Knocks at a port while a node makes itself ready, and once it serves."""

    def __init__(self, node, monkeypatch):
        self.port, self.answered = _free_port(), []
        monkeypatch.setattr("keepclear.service.readying._PARTS", (self.knock,))
        monkeypatch.setattr("keepclear.cli.running.run", lambda *_: self.knock())
        serve(dir_=node, port=self.port)

    def knock(self):
        with socket.socket() as caller:
            self.answered.append(caller.connect_ex(("127.0.0.1", self.port)) == 0)


def test_a_node_lets_nobody_in_before_its_geometry_is_ready(node, monkeypatch):
    assert Knocking(node, monkeypatch).answered == [False, True]


def test_a_node_that_opened_first_would_be_found_out(node, monkeypatch):
    """The twin of the one above."""

    def too_early(host, port):
        listeners = bound_sockets(host, port)
        listen(listeners, port)
        return listeners

    monkeypatch.setattr("keepclear.cli.running.bound_sockets", too_early)
    assert Knocking(node, monkeypatch).answered == [True, True]


def test_nothing_is_made_ready_for_a_port_that_is_taken(cli, read_node, monkeypatch):
    made = []
    monkeypatch.setattr("keepclear.service.readying._PARTS", (lambda: made.append("the geometry"),))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = cli("serve", "--dir", read_node, "--port", taken.getsockname()[1])
    assert (done.status, made) == (1, [])


@pytest.mark.parametrize("ending", mostly_long([signal.SIGINT, signal.SIGTERM], 1))
def test_a_node_with_an_open_stream_ends_quietly(node, ending):
    make_ready()  # what it says of its first start is another matter
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "keepclear.cli.main", "serve", "--dir", node, "--port", str(port)]
    served = subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(node / RUNNING, port, served)
        token = json.loads((node / TOKENS).read_bytes())[0]
        url = f"http://127.0.0.1:{port}/api/v1/desks/{token['party']}/stream"
        with httpx.stream("GET", url, headers={"Authorization": f"Bearer {token['token']}"}) as stream:
            assert next(stream.iter_lines()).startswith("id: ")
            served.send_signal(ending)
            _, said = served.communicate(timeout=PATIENCE_S)
    finally:
        served.kill()
    assert len(said.splitlines()) == 1, said
    assert served.returncode == 0
    assert not (node / RUNNING).exists()


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _wait_for(path, port, served):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        assert served.poll() is None, served.stderr.read()
        if path.exists():
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
        time.sleep(0.05)
    pytest.fail("the node did not come up")


def test_a_second_process_on_the_same_folder_is_refused(cli, node):
    from keepclear.service.opening import open_node

    opened = open_node(node)
    try:
        done = cli("picture", "--as", "NOR", "--dir", node)
    finally:
        opened.node.store.close()
    assert (done.status, done.out) == (1, "")
    assert str(os.getpid()) in done.err or "another" in done.err


# Beyond this machine.


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(node, *words, port=None):
    port = port or free_port()
    command = [keepclear(), "serve", "--dir", node, "--port", port, *words]
    served = subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(node / RUNNING, port, served)
        yield port
    finally:
        served.send_signal(signal.SIGINT)
        served.communicate(timeout=PATIENCE_S)


@pytest.fixture
def reachable(cli, node):
    """A node with a certificate for a name, and a person who may make a passkey."""
    assert cli("tls", "self-signed", "hq.example.org", "127.0.0.2", "--dir", node).status == 0
    assert (
        cli("user", "add", "Anna Berg", "--party", "NOR", "--role", "watch chief", "--dir", node).status == 0
    )
    return node


def test_beyond_this_machine_each_missing_thing_is_named_with_its_command(cli, node):
    first = cli("serve", "--dir", node, "--host", "0.0.0.0").err  # noqa: S104
    assert all(
        words in first for words in ("keepclear tls self-signed", "allowed_hosts", "keepclear user add")
    )
    cli("tls", "self-signed", "hq.example.org", "--dir", node)
    second = cli("serve", "--dir", node, "--host", "0.0.0.0").err  # noqa: S104
    assert "keepclear user add" in second
    assert "tls self-signed" not in second


def test_a_certificate_that_does_not_fit_is_refused_before_anything_listens(cli, reachable):
    (reachable / "tls-key.pem").chmod(0o644)
    done = cli("serve", "--dir", reachable, "--host", "127.0.0.1")
    assert (done.status, "chmod 600" in done.err) == (1, True)
    assert not (reachable / RUNNING).exists()


def test_a_node_is_reached_by_tls_alone_and_the_owners_tokens_only_from_the_machine(cli, reachable):
    trusted = pinned_context(reachable / "tls-certificate.pem")
    owners = json.loads((reachable / "tokens.json").read_text())
    token = next(g["token"] for g in owners if g["party"] == "NOR" and g["role"] == "duty officer")
    with serving(reachable, "--host", "0.0.0.0") as port:  # noqa: S104
        url = f"https://127.0.0.1:{port}"
        with httpx.Client(verify=trusted, headers={"Host": "hq.example.org"}) as client:
            session = client.get(f"{url}/api/v1/session").raise_for_status()
            assert session.json()["address"] == f"https://hq.example.org:{port}"
            assert session.headers["strict-transport-security"] == "max-age=31536000"
            assert "server" not in session.headers
            bearer = {"Authorization": f"Bearer {token}"}
            assert client.get(f"{url}/api/v1/desks/NOR/picture", headers=bearer).status_code == 401
            near = {**bearer, "Host": f"localhost:{port}"}
            assert client.get(f"{url}/api/v1/desks/NOR/picture", headers=near).status_code == 200
            assert client.get(f"{url}/livez", headers={"Host": "attacker.example"}).status_code == 421
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/livez")
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/livez")  # by a client that has no reason to trust it
        outside = own_address()
        if outside is not None:
            with httpx.Client(verify=trusted, headers={"Host": "localhost", **bearer}) as client:
                far = client.get(f"https://{outside}:{port}/api/v1/desks/NOR/picture")
                assert far.status_code == 401
        done = cli("message", "SOU", "Over TLS", "--as", "NOR", "--dir", reachable)
        assert done.status == 0, done.err
        assert "Over TLS" in cli("show", "messages", "--as", "SOU", "--dir", reachable).out
        backed = cli("backup", reachable.parent / "b", "--dir", reachable)
        assert backed.status == 0, backed.err


def own_address():
    """An address of this machine that is not its loopback, if it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        found = probe.getsockname()[0]
    return None if found.startswith("127.") else found


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_older_tls_is_not_answered(reachable, version):
    context = pinned_context(reachable / "tls-certificate.pem")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    with (
        serving(reachable) as port,
        socket.create_connection(("127.0.0.1", port)) as plain,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(plain, server_hostname="hq.example.org")


def test_a_node_that_listens_at_one_address_still_answers_commands_on_the_machine(cli, reachable):
    with serving(reachable, "--host", own_address() or "0.0.0.0"):  # noqa: S104
        assert cli("show", "messages", "--as", "SOU", "--dir", reachable).status == 0

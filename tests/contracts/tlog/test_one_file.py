"""The one file, as a stranger runs it: alone, without Keepclear, from the export itself."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import cryptography
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import crypto_core_ed25519_is_valid_point, crypto_scalarmult_ed25519_base_noclamp

from keepclear.links.tlog import keepclear_verify, port
from keepclear.links.tlog.verify import verify_export
from keepclear.record import policy as policies
from keepclear.record.signing import SigningKey

FILE = Path(keepclear_verify.__file__)


@pytest.fixture
def stick(world, tmp_path):
    made = world.log()
    port.write_directory(tmp_path / "stick", world.export(made.export(world.rus.mirror), made))
    return tmp_path / "stick"


def run(*words):
    """Run it in isolated mode from another folder: neither the project nor PYTHONPATH is in reach."""
    file = words[0] / "keepclear_verify.py"
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", BARE, file, *words], capture_output=True, text=True, cwd="/"
    )


# `-S` leaves out site-packages, and with it Keepclear; only what cryptography needs is put back.
BARE = f"""
import importlib.abc, runpy, sys
known = sys.stdlib_module_names | {{"cryptography", "_cffi_backend", "cffi"}}
class NoKeepclear(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in known:
            raise ImportError("a stranger does not have " + name)
sys.meta_path.insert(0, NoKeepclear())
sys.path.append({str(Path(cryptography.__file__).parents[1])!r})
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_it_is_written_in_python_3_9():
    ast.parse(FILE.read_text(), feature_version=(3, 9))


def test_it_imports_the_standard_library_and_cryptography_only():
    named = set()
    for node in ast.walk(ast.parse(FILE.read_text())):
        if isinstance(node, ast.Import):
            named |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            named.add((node.module or "").partition(".")[0])
    assert named - sys.stdlib_module_names == {"cryptography"}


def test_every_export_carries_it_as_it_is(stick):
    assert (stick / "keepclear_verify.py").read_bytes() == FILE.read_bytes()
    assert "python keepclear_verify.py ." in (stick / "README.txt").read_text()


def test_stranger_verifies_with_one_command(stick):
    done = run(stick)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "grade: 1 self-consistent only"
    assert sum(done.stdout.count(words) for words in keepclear_verify.GRADES.values()) == 1


def test_stranger_reaches_grade_two_with_a_policy_of_his_own(world, stick, tmp_path):
    mine = tmp_path / "mine"
    mine.write_text(f"# compared by voice\n{world.policy(world.log())}")
    done = run(stick, "--policy", mine, "--json")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert (found["verified"], found["grade"], found["grade_text"]) == (True, 2, "cosigned by the reader")


def test_policy_from_inside_the_export_is_refused(stick, tmp_path):
    (tmp_path / "link").symlink_to(stick / "policy")
    for path in (stick / "policy", tmp_path / "link"):
        done = run(stick, "--policy", path)
        assert done.returncode == 1
        assert "exporter's own word" in done.stderr


def test_changed_byte_is_refused_naming_the_entry(stick):
    path = stick / "logs/0/tile/entries/000.p/3"
    path.write_bytes(path.read_bytes().replace(b"first light", b"first night"))
    done = run(stick)
    assert done.returncode == 2
    assert done.stdout.startswith("REFUSED: log USA -> RUS, entry 1, file logs/0/tile/entries/000.p/3: ")
    found = json.loads(run(stick, "--json").stdout)
    assert (found["verified"], found["grade"], found["refused"]["entry"]) == (False, 0, 1)


@pytest.mark.parametrize(
    "words", [["--policy", "/nowhere"], ["--pin", "RUS"], ["--checkpoint", "/etc/hostname"]]
)
def test_what_cannot_be_read_is_no_refusal(stick, words):
    done = run(stick, *words)
    assert done.returncode == 1
    assert done.stderr.startswith("could not read: ")


def test_folder_without_an_export_cannot_be_read(stick, tmp_path):
    (tmp_path / "empty").mkdir()
    (stick / "keepclear_verify.py").rename(tmp_path / "empty" / "keepclear_verify.py")
    done = run(tmp_path / "empty")
    assert (done.returncode, "no export here" in done.stderr) == (1, True)


def test_without_an_argument_it_verifies_the_folder_in_which_it_lies(stick, tmp_path):
    command = [sys.executable, str(stick / "keepclear_verify.py")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "grade: 1 self-consistent only")


def test_a_slip_of_usage_is_no_refusal(stick):
    done = run(stick, "--nonsense")
    assert (done.returncode, "--nonsense" in done.stderr) == (1, True)


def test_litter_of_other_systems_is_passed_over(stick):
    (stick / "logs" / ".DS_Store").write_bytes(b"x")
    (stick / "logs" / "0" / "Thumbs.db").write_bytes(b"x")
    assert run(stick).returncode == 0


def test_it_gives_the_same_fingerprints_and_policies_as_the_record(world):
    vkey = world.usa.duty.vkey
    assert keepclear_verify.parse_key(vkey, 1).fingerprint == world.usa.duty.fingerprint()
    text = world.policy(world.log())
    read, ours = keepclear_verify.parse_policy(text), policies.parse(text)
    assert {name: key.vkey for name, key in read.cosigners.items()} == {
        one.name: one.key.vkey for one in ours.witnesses
    }


def test_project_reads_the_same_verdict(world, stick, tmp_path):
    mine = tmp_path / "mine"
    mine.write_text(world.policy(world.log()))
    ours = verify_export(stick, mine)
    theirs = json.loads(run(stick, "--policy", mine, "--json").stdout)
    assert ours.as_json() == theirs


def test_a_key_under_which_one_signature_holds_for_every_text_is_refused():
    neutral, scalar = b"\x01" + bytes(31), b"\x05" + bytes(31)
    made = crypto_scalarmult_ed25519_base_noclamp(scalar) + scalar
    for text in (b"we strike nothing", b"we never said so"):
        Ed25519PublicKey.from_public_bytes(neutral).verify(made, text)  # a checker that follows the RFC alone
        assert not keepclear_verify.Key("k", 1, neutral).signed(made, text)


def test_it_bars_points_of_small_order_and_no_others():
    assert all(eight_times_is_neutral(point) for point in keepclear_verify.ANYBODYS)
    assert not any(crypto_core_ed25519_is_valid_point(point) for point in keepclear_verify.ANYBODYS)
    honest = SigningKey.from_seed("k", bytes(32))
    made = honest.sign(b"m")
    assert keepclear_verify.Key("k", 1, honest.verifying.public).signed(made, b"m")
    assert not keepclear_verify.Key("k", 1, honest.verifying.public).signed(made, b"n")


def eight_times_is_neutral(point):
    """Tell whether eight times a point is the neutral one, by the curve's own equation."""
    prime = 2**255 - 19
    d = -121665 * pow(121666, -1, prime) % prime
    y = int.from_bytes(point, "little") % prime
    square = (y * y - 1) * pow(d * y * y + 1, -1, prime) % prime
    x = pow(square, (prime + 3) // 8, prime)
    if x * x % prime != square:
        x = x * pow(2, (prime - 1) // 4, prime) % prime
    assert x * x % prime == square
    for _ in range(3):
        both = d * x * x * y * y
        x, y = (
            2 * x * y * pow(1 + both, -1, prime) % prime,
            (y * y + x * x) * pow(1 - both, -1, prime) % prime,
        )
    return (x, y) == (0, 1)

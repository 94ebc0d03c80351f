"""Every single bit of a small export: flip it, and the verifier refuses."""

from __future__ import annotations

import pytest
from tests.shares import mostly_long

from keepclear.links.tlog import codec
from keepclear.links.tlog.keepclear_verify import Unreadable, outside, verify_files

FILES = [
    "attachments",
    "keys.json",
    "logs/0/about.json",
    "logs/0/checkpoint",
    "logs/0/checkpoints/2",
    "logs/0/tile/0/000.p/3",
    "logs/0/tile/entries/000.p/3",
    "policy",
]


def small_export(world):
    made = world.log(3)
    earlier = (made.signed(world.rus.mirror, size=2),)
    log = made.export(world.rus.mirror, world.monitor.witness, earlier=earlier)
    lines = world.policy(made).splitlines()[:-1]
    policy = "\n".join([*lines, "group all-of-them 1 reader/RUS witness/MON", "quorum all-of-them", ""])
    attachments = {world.hash_of_person: codec.Attached(world.salt, world.person)}
    return codec.build(
        codec.Export((log,), policy, {world.usa.duty.key_id: world.usa.duty.vkey}, attachments)
    )


def accepted(files, known):
    try:
        return verify_files(files, known).refused is None
    except Unreadable:
        return False


def test_the_list_of_files_is_whole(world):
    assert {path.split("/")[0] if "attach" in path else path for path in small_export(world)} == set(FILES)


@pytest.mark.parametrize("name", mostly_long(FILES, 1))
@pytest.mark.parametrize("confirmed", [False, True], ids=["on its own word", "with confirmed keys"])
def test_every_flipped_bit_is_refused(world, name, confirmed):
    files = small_export(world)
    known = outside(world.policy(world.log())) if confirmed else None
    (path,) = [one for one in files if one.startswith(name) and (one == name or name == "attachments")]
    assert accepted(files, known)
    whole = files[path]
    unseen = []
    for place in range(len(whole) * 8):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        if accepted(files | {path: bytes(changed)}, known):
            unseen.append(place)
    assert unseen == []


def test_every_shortened_file_is_refused(world):
    files = small_export(world)
    for path, whole in files.items():
        for end in range(0, len(whole), 7):
            assert not accepted(files | {path: whole[:end]}, None), (path, end)

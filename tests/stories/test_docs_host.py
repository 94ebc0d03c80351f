"""The pages on the neutral host and on client keys: their commands work, and show what the pages say."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from pathlib import Path

import pytest
from tests.ready_command import keepclear
from tests.stories.test_docs import holds, shell

PAGES = Path(__file__).parents[2] / "docs/how-to"
BLOCK = re.compile(r"```(sh|text|json)(?: (\S+))?\n(.*?)```", re.DOTALL)


def page(name):
    """Give a page's commands, its files by name, and the rows that it says are shown."""
    found = BLOCK.findall((PAGES / name).read_text(encoding="utf-8"))
    files = {file: text for kind, file, text in found if kind == "json"}
    rows = [row for kind, _, text in found if kind == "text" for row in text.splitlines()]
    return [text for kind, _, text in found if kind == "sh"], files, rows


def written(files, folder):
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def served_until(folder, script, ready):
    """Serve the node, and look again until it shows what is awaited, for some seconds at most."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = [keepclear(), "serve", "--dir", "node", "--port", port]
    shown = ""
    serving = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(60):
            time.sleep(0.5)
            if (folder / "node/running.json").exists():
                shown = shell(script, folder)
                if ready in shown:
                    return shown
        return shown
    finally:
        serving.terminate()
        serving.wait(20)


@pytest.mark.long
@pytest.mark.parametrize("moved", [False, True], ids=["as-it-stands", "twin-far-away"])
def test_a_running_host_tells_each_side_as_the_page_shows(tmp_path, moved):
    commands, files, rows = page("be-the-neutral-host.md")
    if moved:
        files["sou.json"] = files["sou.json"].replace("39.05", "49.05")
    written(files, tmp_path)
    *before, look = commands
    shell("\n".join(before), tmp_path)
    shown = served_until(tmp_path, look, "somewhere in these cells" if not moved else "at most 12 hits")
    assert all(holds(row, shown.splitlines()) for row in rows) is not moved, shown


def test_the_client_page_works_and_its_twin_without_the_key_does_not(tmp_path):
    commands, files, rows = page("sign-at-anothers-node.md")
    written(files, tmp_path)
    shown = shell("\n".join(commands), tmp_path).splitlines()
    assert all(holds(row, shown) for row in rows), shown
    with pytest.raises(AssertionError, match="client-key"):
        shell("keepclear state said.json --as SOU --dir node", tmp_path)

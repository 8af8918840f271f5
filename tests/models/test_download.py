"""Downloads from a local server that misbehaves in every way we know."""

import contextlib
import hashlib
import http.server
import os
import re
import signal
import subprocess
import sys
import threading
import time

import pytest

from keras_solo.models import download
from keras_solo.models.download import DownloadError, fetch
from tests.backend_use import once

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.requests.append(self.headers.get("Range"))
        if self.path != "/model-x.pth":
            return self.send_error(404)
        if server.errors:
            return self.send_error(server.errors.pop())
        start = 0
        ranged = re.match(r"bytes=(\d+)-", self.headers.get("Range") or "")
        if ranged and server.ranges:
            start = int(ranged[1])
            if start >= len(CONTENT):
                return self.send_error(416)
            self.send_response(206)
            self.send_header(
                "Content-Range",
                f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}",
            )
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        content = CONTENT[start:]
        if server.cuts:
            content = content[: server.cuts.pop()]
        for place in range(0, len(content), 65536):
            self.wfile.write(content[place : place + 65536])
            time.sleep(server.delay)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.requests, server.errors, server.cuts = [], [], []
        server.ranges, server.delay = True, 0.0
        server.address = f"http://127.0.0.1:{server.server_port}/model-x.pth"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path / "models" / "keras_solo"


def leftovers(folder):
    names = {path.name for path in folder.iterdir()}
    return sorted(names - {"model-x.pth.lock", "model-x.pth.sha256"})


def test_whole_and_only_once(server, folder):
    path = fetch(server.address, SHA256[:8])
    assert path == folder / "model-x.pth"
    assert path.read_bytes() == CONTENT
    assert fetch(server.address, SHA256[:8]) == path
    assert server.requests == [None]
    assert leftovers(folder) == ["model-x.pth"]


@pytest.mark.parametrize("length", [1, 1000, len(CONTENT) - 1])
def test_goes_on_where_it_stopped(server, folder, length):
    folder.mkdir(parents=True)
    (folder / "model-x.pth.part").write_bytes(CONTENT[:length])
    assert fetch(server.address, SHA256).read_bytes() == CONTENT
    assert server.requests == [f"bytes={length}-"]


def test_complete_part(server, folder):
    folder.mkdir(parents=True)
    (folder / "model-x.pth.part").write_bytes(CONTENT)
    assert fetch(server.address, SHA256).read_bytes() == CONTENT


def test_server_without_ranges_begins_again(server, folder):
    server.ranges = False
    folder.mkdir(parents=True)
    (folder / "model-x.pth.part").write_bytes(b"something else")
    assert fetch(server.address, SHA256).read_bytes() == CONTENT


def test_cut_off(server, folder):
    server.cuts = [100_000, 200_000]
    assert fetch(server.address, SHA256).read_bytes() == CONTENT
    assert server.requests == [None, "bytes=200000-", "bytes=300000-"]


def test_cut_off_for_good_keeps_what_came(server, folder):
    server.cuts = [1000] * download.ATTEMPTS
    with pytest.raises(DownloadError, match="closed too early.*Try again"):
        fetch(server.address, SHA256)
    assert leftovers(folder) == ["model-x.pth.part"]
    assert fetch(server.address, SHA256).read_bytes() == CONTENT


def test_server_that_recovers(server, folder):
    server.errors = [503, 500]
    assert fetch(server.address, SHA256).read_bytes() == CONTENT


def test_wrong_hash(server, folder):
    with pytest.raises(DownloadError, match="not the published file.*00c0ffee"):
        fetch(server.address, "00c0ffee")
    assert leftovers(folder) == []


def test_not_found(server, folder):
    address = server.address.replace("model-x", "other")
    with pytest.raises(DownloadError, match="404") as error:
        fetch(address, SHA256)
    assert str(folder / "other.pth") in str(error.value)
    assert len(server.requests) == 1


def test_offline(folder):
    with pytest.raises(DownloadError, match="KERAS_SOLO_MIRROR") as error:
        fetch("http://127.0.0.1:1/model-x.pth", SHA256)
    assert f"put the file at {folder / 'model-x.pth'}" in str(error.value)


def test_mirror(server, folder, monkeypatch):
    mirror = server.address.rpartition("/")[0]
    monkeypatch.setenv("KERAS_SOLO_MIRROR", mirror + "/")
    path = fetch("https://nowhere.invalid/a/model-x.pth", SHA256)
    assert path.read_bytes() == CONTENT


def test_file_put_there_by_hand(folder):
    folder.mkdir(parents=True)
    (folder / "model-x.pth").write_bytes(CONTENT)
    assert fetch("http://127.0.0.1:1/model-x.pth", SHA256).exists()
    (folder / "model-x.pth").write_bytes(CONTENT[:-1])
    with pytest.raises(DownloadError, match="Delete it"):
        fetch("http://127.0.0.1:1/model-x.pth", SHA256)


SCRIPT = """
import sys
from keras_solo.models.download import fetch
print("ready", flush=True)
sys.stdin.readline()
fetch(*sys.argv[1:])
"""


def start(server):
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, server.address, SHA256],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ.copy(),
    )
    assert process.stdout.readline() == "ready\n"
    return process


def go(process):
    process.stdin.write("\n")
    process.stdin.flush()


@once
def test_two_processes_at_once(server, folder):
    server.delay = 0.02
    processes = [start(server) for _ in range(2)]
    for process in processes:
        go(process)
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert server.requests == [None]
    assert (folder / "model-x.pth").read_bytes() == CONTENT


@once
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="POSIX only")
def test_killed(server, folder):
    server.delay = 0.1
    process = start(server)
    go(process)
    partial = folder / "model-x.pth.part"
    while not (partial.exists() and partial.stat().st_size):
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert leftovers(folder) == ["model-x.pth.part"]
    server.delay = 0.0
    assert fetch(server.address, SHA256).read_bytes() == CONTENT
    assert server.requests[1] is not None


# === Servers that mean no good ===


class Hostile(http.server.BaseHTTPRequestHandler):
    """Answers as the path says."""

    def do_GET(self):
        self.send_response(200)
        kind = self.path.rpartition("/")[2].partition("-")[0]
        if kind == "length":
            self.send_header("Content-Length", self.server.length)
        self.end_headers()
        with contextlib.suppress(OSError):
            while kind == "endless":
                self.wfile.write(bytes(1 << 20))
            while kind == "slow":
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)

    def log_message(self, *_):
        pass


@pytest.fixture
def hostile(folder):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def address_of(server, name):
    return f"http://127.0.0.1:{server.server_port}/{name}"


def test_an_endless_body(hostile, folder):
    address = address_of(hostile, "endless-x.pth")
    with pytest.raises(DownloadError, match="more than 3000000 bytes came"):
        fetch(address, SHA256, most_bytes=3_000_000)
    assert all(path.stat().st_size < 4e6 for path in folder.iterdir())


@pytest.mark.parametrize("length", ["abc", "-5", "1" * 30, "12, 12", "\u00b2"])
def test_a_length_that_is_none(hostile, folder, length):
    hostile.length = length
    with pytest.raises(DownloadError, match="the server says Content-Length"):
        fetch(address_of(hostile, "length-x.pth"), SHA256)


def test_a_length_that_is_too_large(hostile, folder):
    hostile.length = "3000001"
    with pytest.raises(DownloadError, match="has 3000001 bytes.* most 3000000"):
        fetch(address_of(hostile, "length-x.pth"), SHA256, most_bytes=3_000_000)


def test_a_byte_now_and_then(hostile, folder, monkeypatch):
    monkeypatch.setattr(download, "WINDOW", 0.4)
    began = time.monotonic()
    with pytest.raises(DownloadError, match="came in 0 s, which is too slow"):
        fetch(address_of(hostile, "slow-x.pth"), SHA256)
    assert time.monotonic() - began < 20


def test_no_more_seconds_than_asked_for(hostile, folder, monkeypatch):
    monkeypatch.setenv(download.SECONDS, "0.3")
    with pytest.raises(DownloadError, match=f"{download.SECONDS}=0.3"):
        fetch(address_of(hostile, "slow-x.pth"), SHA256)
    monkeypatch.setenv(download.SECONDS, "soon")
    with pytest.raises(DownloadError, match="number of seconds.* soon"):
        fetch(address_of(hostile, "slow-x.pth"), SHA256)


def test_a_folder_in_its_place(server, folder):
    (folder / "model-x.pth").mkdir(parents=True)
    with pytest.raises(DownloadError, match=r"model-x\.pth is no file"):
        fetch(server.address, SHA256)


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="POSIX only")
def test_a_link_in_the_place_of_the_part(server, folder, tmp_path):
    other = tmp_path / "somebody's"
    other.write_text("precious")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model-x.pth.part").symlink_to(other)
    with pytest.raises(DownloadError, match=r"\.part cannot be written"):
        fetch(server.address, SHA256)
    assert other.read_text() == "precious"


def test_the_whole_hash_is_remembered(server, folder):
    path = fetch(server.address, SHA256[:8])
    pinned = folder / "model-x.pth.sha256"
    assert pinned.read_text().strip() == SHA256
    # Another file whose hash has the same first digits.
    pinned.write_text(SHA256[:8] + "0" * 56)
    with pytest.raises(DownloadError, match=f"begin with {SHA256[:8]}00000"):
        fetch(server.address, SHA256[:8])
    path.unlink()
    with pytest.raises(DownloadError, match=f"begin with {SHA256[:8]}00000"):
        fetch(server.address, SHA256[:8])
    # What is no such hash says nothing.
    pinned.write_text("odd")
    assert fetch(server.address, SHA256[:8]) == path

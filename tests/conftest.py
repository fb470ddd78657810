"""What every test has: no network beyond loopback, and the development data where it is at hand."""

import ipaddress
import os
import signal
import socket
from pathlib import Path

import hypothesis
import pytest

from tests.pipeline.runs import build

REPO = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("ROCOV2_SHARED_DATA", REPO.parent / "shared" / "data"))


# A shell's background jobs start with Ctrl-C ignored, and so would the processes that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A machine that is busy is no fault of the code: no property is timed.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


class NetworkBlockedError(RuntimeError):
    """A test reached for an address that is not on this machine."""


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch):
    real = socket.socket.connect

    def connect(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise NetworkBlockedError(f"a test tried to connect to {address}")
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


def _is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(scope="session")
def shared():
    if not SHARED.is_dir():
        pytest.skip(f"the development data is not at {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The bundled sample, built once with one worker; tests read it and do not change it."""
    folder = tmp_path_factory.mktemp("built")
    record = build(folder, "--workers", "1")
    return folder, record

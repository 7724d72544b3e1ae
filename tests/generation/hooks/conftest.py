"""Hooks in force, as functions and as an address, and engines that trust the test's own certificate."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from pytest_django import Settings

from gencraft_media.common.egress import GuardedAdapter
from gencraft_media.common.versioned import change_settings
from gencraft_media.generation.hooks import asking, calling
from gencraft_media.generation.hooks.targets import OFF
from gencraft_media.generation.models import HookSettings
from tests.generation.hooks import plugins
from tests.generation.hooks.servers import HookServer, running_hook_server

SetHook = Callable[..., None]
# As the engine has it, which takes nobody's word but the usual authorities'.
UNTRUSTING = GuardedAdapter.send


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No hook rests because of another test, and a test's own transaction may be waited in."""
    asking.forget_rests()
    plugins.asked.clear()
    plugins.released.clear()
    monkeypatch.setattr(asking, "release_connection", lambda: None)
    yield
    plugins.released.set()
    asking.forget_rests()


@pytest.fixture
def set_hook(db: None) -> SetHook:
    """Put a hook in force: by the name of one of the plug-ins, or at an address."""

    def put(name: str, target: str, secret: str = "") -> None:
        path = target if "://" in target or target == OFF else f"tests.generation.hooks.plugins.{target}"
        change_settings(HookSettings, {"target": path, "secret": secret}, scope=name)

    return put


@pytest.fixture
def hook_server(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[HookServer]:
    """An https server that the engine lets out to, and whose certificate it trusts."""
    with running_hook_server(tmp_path) as server:
        settings.EGRESS_ALLOW = ["127.0.0.1"]

        def trusting(self: GuardedAdapter, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
            return UNTRUSTING(self, request, *args, **{**options, "verify": str(server.certificate)})

        monkeypatch.setattr(GuardedAdapter, "send", trusting)
        # On a busy machine the server may take seconds; tests that are about time set their own.
        monkeypatch.setattr(calling, "TIMEOUT_S", 20.0)
        yield server

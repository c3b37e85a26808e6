"""A bench with the real reader, camera and cable, and a stand-in for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from hw_sim.camera import VirtualCamera
from hw_sim.network import Cable
from hw_sim.pn532.reader import VirtualReader
from hw_sim.workbench.api import create_app
from hw_sim.workbench.bench import Bench
from hw_sim.workbench.devices import SettingUpFailed
from hw_sim.workbench.table import Devices, Table
from tests.unit.workbench.bench_fakes import HERE, FakeTerminal, Surroundings, catalogue, office


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Surroundings]:
    around = Surroundings(VirtualReader(tmp_path), VirtualCamera(size=(320, 180)), Cable(), FakeTerminal())
    yield around
    around.reader.close()
    around.camera.close()
    around.cable.close()


@pytest.fixture
def bench(around: Surroundings) -> Bench:
    def renew() -> Table:
        around.renewed.append(around.terminal.running)
        if around.disk_full:
            raise SettingUpFailed("No space is left on the disk.")
        return Table(catalogue(), office("second"))

    devices = Devices(around.reader, around.camera, around.cable, around.terminal, around.terminal, around.servers)
    return Bench(devices, Table(catalogue(), office("first")), renew=renew)


@pytest.fixture
def api(bench: Bench) -> Iterator[TestClient]:
    with TestClient(create_app(bench), base_url=HERE, client=("127.0.0.1", 50_000)) as client:
        yield client

import pytest

from scheduling import Daemon


@pytest.fixture
def daemons():
    """daemons(workspace): started, and ended with the test."""
    started = []

    def start(workspace, **options):
        started.append(Daemon(workspace, **options))
        return started[-1]

    yield start
    for daemon in started:
        daemon.kill()

"""Fixtures for tests of the chapters."""
import importlib
import sys
from pathlib import Path

import pytest

CHAPTERS = Path(__file__).parent.parent.parent / 'chapters'


@pytest.fixture
def companion(monkeypatch):
    """Imports a module of the companion, as a notebook in chapters/ does."""
    monkeypatch.syspath_prepend(str(CHAPTERS))
    yield lambda name: importlib.import_module('companion.' + name)
    for name in [n for n in sys.modules if n.split('.')[0] == 'companion']:
        del sys.modules[name]

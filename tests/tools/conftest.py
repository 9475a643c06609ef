"""The scripts of tools/ as modules."""
import importlib
import pathlib
import sys

import pytest

TOOLS = pathlib.Path(__file__).resolve().parents[2] / 'tools'


@pytest.fixture
def tool(monkeypatch):
    """Imports a script of tools/: `tool('book')`."""
    monkeypatch.syspath_prepend(str(TOOLS))
    yield importlib.import_module
    for path in TOOLS.glob('*.py'):
        sys.modules.pop(path.stem, None)

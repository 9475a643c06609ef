"""No random arguments crash, hang, change files, or give nonsense."""
import json
import os
import pathlib
import subprocess
import sys

import pytest
from limits import LIMIT

CASES = int(os.environ.get('D2L_FUZZ_CASES', 500))
STEP = 250      # cases of a process


@pytest.mark.slow
@pytest.mark.parametrize('first', range(0, CASES, STEP))
def test_random_arguments_give_results_or_errors(first, tmp_path):
    last = min(first + STEP, CASES)
    with open(str(tmp_path / 'errors'), 'w+') as errors:
        done = subprocess.run(
            [sys.executable, '-m', 'cases', str(first), str(last)],
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(
                [str(pathlib.Path(__file__).parent)] + sys.path),
                TMPDIR=str(tmp_path)),
            stdout=subprocess.PIPE, stderr=errors, universal_newlines=True,
            timeout=LIMIT)
        errors.seek(0)
        said = errors.read()[-2000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, (lines[-1:], said)
    wrong = [line for line in lines if line[1] not in (None, 'began')]
    assert wrong == []
    assert len(lines) == 2 * (last - first)

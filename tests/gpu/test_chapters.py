"""The chapters print what they do on the CPU, and `training on gpu(0)`."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

import d2l

ROOT = pathlib.Path(d2l.__file__).parent.parent
sys.path.insert(0, str(ROOT / 'tools'))
import check_chapters  # noqa: E402

ANNOUNCED = ('D2L_MAX_BATCHES=%d: only a rehearsal. An epoch ends after %d '
             'batches')


@pytest.mark.slow
@pytest.mark.parametrize('name', ['lenet', 'alexnet', 'image-augmentation'])
def test_the_chapter_trains_on_gpu_0(name, tmp_path):
    chapters = tmp_path / 'chapters'
    shutil.copytree(ROOT / 'chapters', chapters)
    path = chapters / (name + '.ipynb')
    text = path.read_text(encoding='utf-8')
    batches, fewer = dict(check_chapters.plan(chapters))[path], 2
    assert 'training on cpu(0)' in text
    assert not batches or ANNOUNCED % (batches, batches) in text
    text = text.replace('training on cpu(0)', 'training on gpu(0)')
    if batches:
        text = text.replace(ANNOUNCED % (batches, batches),
                            ANNOUNCED % (fewer, fewer))
    path.write_text(text, encoding='utf-8')
    rules = (ROOT / 'tests' / 'nbval.cfg').read_text(encoding='utf-8')
    strict, count = re.subn(r'(?s)\[device\].*?(?=\n\[|$)', '', rules)
    assert count == 1       # the device is compared
    (tmp_path / 'nbval.cfg').write_text(strict, encoding='utf-8')
    env = dict(os.environ, PYTHONPATH=str(ROOT))
    if batches:
        env['D2L_MAX_BATCHES'] = str(fewer)
    run = subprocess.run(
        [sys.executable, *check_chapters.NBVAL[:-1],
         str(tmp_path / 'nbval.cfg'), str(path)], env=env, cwd=str(ROOT),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        universal_newlines=True)
    assert run.returncode == 0, run.stdout

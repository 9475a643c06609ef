"""README, docs and chapters: their links lead somewhere, their program runs.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

import pytest

import d2l

ROOT = pathlib.Path(d2l.__file__).parent.parent
READMES = ['README.md', 'README.zh.md']
PAGES = sorted(str(path.relative_to(ROOT)) for pattern in (
    '*.md', 'docs/*.md', 'chapters/*.ipynb') for path in ROOT.glob(pattern))


def read(page):
    text = (ROOT / page).read_text(encoding='utf-8')
    if page.endswith('.ipynb'):
        text = '\n\n'.join(''.join(cell['source'])
                           for cell in json.loads(text)['cells']
                           if cell['cell_type'] == 'markdown')
    return re.sub('```.*?```', '', text, flags=re.DOTALL)


def anchors(page):
    """The anchors that web hosts make of a page's headings."""
    titles = re.findall(r'^#+ (.*)$', read(page), re.MULTILINE)
    return {re.sub(r'[^\w\- ]', '', title.lower()).replace(' ', '-')
            for title in titles}


@pytest.mark.parametrize('page', PAGES)
def test_links_lead_to_files_and_headings(page):
    for link in re.findall(r'\]\(([^)\s]+)\)', read(page)):
        if urllib.parse.urlparse(link).scheme:
            continue    # tests need no network
        name, _, heading = link.partition('#')
        target = (ROOT / page).parent / name if name else ROOT / page
        assert target.exists(), link
        if heading and target.suffix in ('.md', '.ipynb'):
            found = anchors(os.path.relpath(target, ROOT))
            assert urllib.parse.unquote(heading) in found, link


@pytest.mark.parametrize('page', READMES)
def test_the_program_runs_and_prints_its_line(page):
    text = (ROOT / page).read_text(encoding='utf-8')
    program, = re.findall('```python\n(.*?)```', text, re.DOTALL)
    line, = re.findall('    (epoch 5, .*)', text)
    out = subprocess.run(
        [sys.executable, '-c', program], check=True, stdout=subprocess.PIPE,
        env=dict(os.environ, D2L_MAX_BATCHES='1', PYTHONPATH=str(ROOT)),
        universal_newlines=True).stdout
    assert re.sub(r'\d', '0', out.splitlines()[-1]) == re.sub(r'\d', '0', line)


@pytest.mark.parametrize('page', READMES)
def test_speeds_are_those_of_the_full_tables(page):
    tables = (ROOT / 'docs' / 'performance.md').read_text(encoding='utf-8')
    rows = re.findall(r'^\|[^|]+((?:\| [\d,.]+ ){3}\|)$',
                      (ROOT / page).read_text(encoding='utf-8'), re.MULTILINE)
    assert len(rows) == 4
    for row in rows:
        assert row in tables, row


@pytest.mark.parametrize('page', [
    page for page in PAGES if page.endswith('.zh.md')])
def test_chinese_paragraphs_are_single_lines(page):
    """A line break would be shown as a space between two characters."""
    chinese = '[\u3000-\u9fff\uff00-\uffef]'
    assert not re.findall(chinese + '\n' + chinese, read(page))


def test_the_errors_are_the_same_in_both_languages():
    def errors(page):
        text = (ROOT / 'docs' / page).read_text(encoding='utf-8')
        return [re.findall('`[^`]+`', row) for row in
                re.findall(r'^\| (.*?) \| ', text, re.MULTILINE)]
    assert errors('troubleshooting.zh.md') == errors('troubleshooting.md')

"""The pages that tell of a release tell of the same one."""
import pathlib
import re

import pytest

import d2l

ROOT = pathlib.Path(d2l.__file__).parent.parent


def read(name):
    return (ROOT / name).read_text(encoding='utf-8')


def newest_release():
    """Version and date of the first heading of the changes."""
    return re.search(r'^## (\S+) \((\S+)\)$', read('CHANGELOG.md'),
                     re.MULTILINE).groups()


def test_the_changes_begin_with_this_version():
    assert newest_release()[0] == d2l.__version__


def test_the_citation_is_of_the_newest_release():
    yaml = pytest.importorskip('yaml', reason='comes with JupyterLab')
    citation = yaml.safe_load(read('CITATION.cff'))
    found = citation['version'], str(citation['date-released'])
    assert found == newest_release()


@pytest.mark.parametrize('name', ['failure', 'wish'])
def test_a_template_has_what_its_host_asks_for(name):
    yaml = pytest.importorskip('yaml', reason='comes with JupyterLab')
    _, head, body = read(f'.github/ISSUE_TEMPLATE/{name}.md').split('---\n')
    assert set(yaml.safe_load(head)) == {'name', 'about'}
    assert body.strip()


def test_a_report_of_a_failure_has_what_python_m_d2l_prints():
    assert '`python -m d2l`' in read('.github/ISSUE_TEMPLATE/failure.md')

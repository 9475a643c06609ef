"""The reference page is up to date, and its examples are true."""
import doctest
import pathlib

import mxnet as mx
import pytest
from mxnet import gluon, init, nd

import d2l

ROOT = pathlib.Path(d2l.__file__).parent.parent


@pytest.fixture
def api_page(tool):
    return tool('api_page')


def test_page_is_up_to_date(api_page):
    assert api_page.PAGE.read_text(encoding='utf-8') == api_page.page(), (
        'call: python tools/api_page.py')


def test_every_name_is_on_the_page(api_page):
    page = api_page.PAGE.read_text(encoding='utf-8')
    for name in d2l.__all__:
        assert '`d2l.%s' % name in page, name


def test_every_name_is_in_one_chapter_in_alphabetical_order(api_page):
    chapters = api_page.CHAPTERS.values()
    assert sorted(sum(chapters, ())) == sorted(d2l._HOME)
    for names in chapters:
        assert list(names) == sorted(names, key=str.lower)


def test_the_readme_links_to_the_page():
    assert 'docs/api.md' in (ROOT / 'README.md').read_text(encoding='utf-8')


@pytest.mark.usefixtures('close_figures')
@pytest.mark.parametrize('name', sorted(d2l._HOME))
def test_example(name, api_page, seed):
    line, example = api_page.line_and_example(name)
    assert line.endswith(('.', '`')) and len(line) < 80, line
    test = doctest.DocTestParser().get_doctest(
        example + '\n', dict(d2l=d2l, gluon=gluon, init=init, mx=mx, nd=nd),
        'd2l.' + name, None, 0)
    assert test.examples
    out = []
    doctest.DocTestRunner().run(test, out=out.append)
    assert not out, ''.join(out)

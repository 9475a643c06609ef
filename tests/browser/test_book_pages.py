"""The book in Chromium: pages, formulas, search, on two widths of screen."""
import json
import pathlib
import re
import urllib.parse

import pytest

SITE = pathlib.Path(__file__).resolve().parents[2] / 'build' / 'book'
PAGES = sorted(str(path.relative_to(SITE)) for folder in ('chapters', 'docs')
               for path in SITE.glob(folder + '/*.html'))
WIDTHS = (1280, 390)
WIDE = '''() => document.documentElement.scrollWidth -
    document.documentElement.clientWidth'''
# of red, green and blue: true when all are dark, or all light
DARK, LIGHT = ['''() => getComputedStyle(document.body).backgroundColor
    .match(/[0-9.]+/g).slice(0, 3).every(part => Number(part) %s)''' % limit
               for limit in ('< 60', '> 200')]


def test_there_are_pages():
    assert {'chapters/index.html', 'chapters/lenet.html',
            'chapters/alexnet.html', 'docs/api.html'} <= set(PAGES)


def test_request_to_another_host_is_noticed(site, new_page):
    page, watch = new_page()
    page.goto(site + 'docs/api.html')
    page.set_content('<script src="http://example.com/a.js"></script>')
    assert watch.foreign == ['http://example.com/a.js']


@pytest.mark.parametrize('width', WIDTHS)
@pytest.mark.parametrize('name', PAGES)
def test_page(name, width, site, new_page, shot):
    page, watch = new_page(width)
    page.goto(site + name, wait_until='networkidle')
    formulas = page.locator('.math')
    if formulas.count():
        page.wait_for_selector('mjx-container')
        page.evaluate('() => MathJax.startup.promise')
    assert page.locator('mjx-container').count() == formulas.count()
    assert page.locator('mjx-merror').count() == 0
    for formula in page.locator('mjx-container').all():
        assert formula.bounding_box()['width'] > 2
    for image in page.locator('main img').all():
        image.scroll_into_view_if_needed()
        assert image.get_attribute('alt')
        assert image.evaluate('image => image.naturalWidth') > 0
    page.evaluate('() => window.scrollTo(0, 0)')
    shot(page, '%s-%d' % (name.replace('/', '-')[:-5], width))
    assert page.evaluate(WIDE) <= 0, 'the page scrolls sideways'
    assert watch.foreign == []
    assert watch.errors == []


def test_start_leads_to_the_index(site, new_page):
    page, watch = new_page()
    page.goto(site)
    page.wait_for_url('**/chapters/index.html')
    assert page.locator('article h1').inner_text().startswith('Where to begin')
    assert watch.errors == []


@pytest.mark.parametrize('width', WIDTHS)
def test_search_finds_dropout(width, site, new_page, shot):
    page, watch = new_page(width)
    page.goto(site + 'chapters/lenet.html', wait_until='networkidle')
    page.keyboard.press('Control+k')
    page.locator('dialog input[name=q]').fill('dropout')
    page.keyboard.press('Enter')
    page.wait_for_url('**/search.html?q=dropout*')
    found = page.locator('#search-results a', has_text='AlexNet').first
    found.wait_for()
    shot(page, 'search-%d' % width)
    assert page.evaluate(WIDE) <= 0
    found.click()
    page.wait_for_url('**/chapters/alexnet.html*')
    assert watch.foreign == []
    assert watch.errors == []


@pytest.mark.parametrize('width', WIDTHS)
def test_dark_mode(width, site, new_page, shot):
    page, watch = new_page(width)
    page.goto(site + 'chapters/lenet.html', wait_until='networkidle')
    page.wait_for_function(LIGHT)
    button = page.locator('button.theme-switch-button:visible').first
    for _ in range(3):      # light, dark, as the system has it
        button.click()
        if page.locator('html[data-theme=dark]').count():
            break
    page.wait_for_function(DARK)
    page.locator('main img').first.scroll_into_view_if_needed()
    shot(page, 'dark-%d' % width)
    assert watch.errors == []


@pytest.mark.parametrize('name', [name for name in PAGES
                                  if name.startswith('chapters/')])
def test_notebook_can_be_downloaded(name, site, new_page):
    page, watch = new_page()
    page.goto(site + name, wait_until='networkidle')
    page.locator('.dropdown-download-buttons > button').click()
    with page.expect_download() as download:
        page.locator('.btn-download-source-button').click()
    path = download.value.path()
    notebook = json.loads(pathlib.Path(path).read_text(encoding='utf-8'))
    assert download.value.suggested_filename == (
        pathlib.Path(name).stem + '.ipynb')
    assert notebook['cells'][0]['source']
    assert watch.errors == []


@pytest.mark.parametrize('name', PAGES)
def test_links_within_the_site_lead_somewhere(name):
    html = (SITE / name).read_text(encoding='utf-8')
    links = re.findall(r'(?:href|src)="([^"#]+)', html)
    assert links
    for link in links:
        if urllib.parse.urlsplit(link).scheme:
            continue
        path = urllib.parse.unquote(link.split('?')[0])
        assert (SITE / name).parent.joinpath(path).exists(), link

"""The book in Chromium: pages, formulas, search, on two widths of screen."""
import json
import pathlib
import re
import urllib.parse
import zipfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SITE = ROOT / 'build' / 'book'
PAGES = sorted(str(path.relative_to(SITE)) for folder in ('chapters', 'docs')
               for path in SITE.glob(folder + '/*.html'))
BASE_URL = 'https://example.org/d2l/'    # in the Makefile
WIDTHS = (1280, 390)
# Finds what is wider than the screen: the page, or visible elements outside of
# boxes that scroll.
WIDE = '''() => {
    const width = document.documentElement.clientWidth, found = [];
    if (document.documentElement.scrollWidth > width) found.push('the page');
    const scrolls = part => part && part.tagName != 'BODY' &&
        (/auto|scroll/.test(getComputedStyle(part).overflowX) ||
         scrolls(part.parentElement));
    for (const part of document.querySelectorAll(
            'main *:not(mjx-assistive-mml, mjx-assistive-mml *)')) {
        const box = part.getBoundingClientRect();
        if (box.width > 1 && box.right > width + 1 && part.checkVisibility({
                visibilityProperty: true}) && !scrolls(part.parentElement))
            found.push(part.outerHTML.slice(0, 100));
    }
    return found;
}'''
# what is left of a page when its code and formulas are taken out
PROSE = '''() => {
    const article = document.querySelector('article').cloneNode(true);
    for (const part of article.querySelectorAll('pre, code, mjx-container'))
        part.remove();
    return article.textContent;
}'''
# true if red, green and blue of the background are all dark, or all light
DARK, LIGHT = ['''() => getComputedStyle(document.body).backgroundColor
    .match(/[0-9.]+/g).slice(0, 3).every(part => Number(part) %s)''' % limit
               for limit in ('< 60', '> 200')]


def test_every_chapter_and_every_page_of_the_docs_is_there():
    sources = [*ROOT.glob('chapters/*.ipynb'), *ROOT.glob('docs/*.md')]
    assert sources and PAGES == sorted(
        '%s/%s.html' % (path.parent.name, path.stem) for path in sources)


def test_request_to_another_host_is_noticed(site, new_page):
    page, watch = new_page()
    page.goto(site + 'docs/api.html')
    page.set_content('<script src="http://example.com/a.js"></script>')
    assert watch.foreign == ['http://example.com/a.js']


@pytest.mark.parametrize('width', WIDTHS)
def test_element_wider_than_the_screen_is_noticed(width, site, new_page):
    page, _ = new_page(width)
    page.goto(site + 'docs/performance.html', wait_until='networkidle')
    assert page.evaluate(WIDE) == []
    for box, wide in (('visible', True), ('hidden', True), ('auto', False)):
        page.locator('article').evaluate(
            '''(article, box) => article.innerHTML =
            `<div style="overflow-x: ${box}; width: 100px">
            <p style="width: 2000px">long</p></div>`''', box)
        assert bool(page.evaluate(WIDE)) == wide


@pytest.mark.parametrize('width', WIDTHS)
@pytest.mark.parametrize('name', PAGES)
def test_page(name, width, site, new_page, shot):
    page, watch = new_page(width)
    page.goto(site + name, wait_until='networkidle')
    formulas = page.locator('.math')
    assert formulas.count() > 10 or name != 'chapters/lenet.html'
    if formulas.count():
        page.wait_for_selector('mjx-container')
        page.evaluate('() => MathJax.startup.promise')
    assert page.locator('mjx-container').count() == formulas.count()
    assert page.locator('mjx-merror').count() == 0
    assert '$' not in page.evaluate(PROSE)      # else a formula was cut
    for formula in page.locator('mjx-container').all():
        assert formula.bounding_box()['width'] > 2
    for image in page.locator('main img').all():
        image.scroll_into_view_if_needed()
        assert image.get_attribute('alt')
        assert image.evaluate('image => image.naturalWidth') > 0
    page.evaluate('() => window.scrollTo(0, 0)')
    shot(page, '%s-%d' % (name.replace('/', '-')[:-5], width), full_page=True)
    assert page.evaluate(WIDE) == []
    assert watch.foreign == []
    assert watch.errors == []


def test_titles_have_no_tags(site, new_page):
    page, _ = new_page()
    page.goto(site + 'chapters/lenet.html')
    assert page.title() == ('Convolutional Neural Networks (LeNet) \u2014 '
                            'Companion of Dive into Deep Learning (2019)')
    assert '<' not in page.locator('.logo__title').inner_text()


@pytest.mark.parametrize('width', WIDTHS)
def test_wrong_address_leads_back(width, site, new_page, shot):
    page, watch = new_page(width)
    page.goto(site + 'no/such/page.html', wait_until='networkidle')
    assert page.locator('article h1').inner_text() == 'Page not found'
    shot(page, '404-%d' % width)
    assert [error for error in watch.errors if '/such/' not in error] == [
        'Failed to load resource: the server responded with a status of 404 '
        '(Not Found)']
    page.locator('a.navbar-brand').first.evaluate('link => link.click()')
    page.wait_for_url('**/chapters/index.html')
    assert watch.foreign == []


def test_every_page_is_in_the_sitemap():
    sitemap = (SITE / 'sitemap.xml').read_text(encoding='utf-8')
    addresses = re.findall('<loc>(.*?)</loc>', sitemap)
    assert {BASE_URL + name for name in PAGES} <= set(addresses)
    assert not [address for address in addresses if '404' in address]


@pytest.mark.parametrize('name', PAGES)
def test_links_that_are_shared_have_a_card(name):
    html = (SITE / name).read_text(encoding='utf-8')
    for meta in ('og:url" content="%s"' % (BASE_URL + name),
                 'og:image" content="%s_static/social-card.png"' % BASE_URL):
        assert '<meta property="' + meta in html
    assert (SITE / '_static' / 'social-card.png').exists()


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
    page.locator('.search-button__button:visible').first.click()
    page.locator('dialog input[name=q]').fill('dropout')
    page.keyboard.press('Enter')
    page.wait_for_url('**/search.html?q=dropout*')
    found = page.locator('#search-results a[href*="chapters/alexnet.html"]')
    found.first.wait_for()
    shot(page, 'search-%d' % width)
    assert page.evaluate(WIDE) == []
    found.first.click()
    page.wait_for_url('**/chapters/alexnet.html*')
    assert 'dropout' in page.locator('article').inner_text().lower()
    assert watch.foreign == []
    assert watch.errors == []


def test_search_finds_pages_of_the_docs(site, new_page):
    page, _ = new_page()
    page.goto(site + 'search.html?q=ConnectionError')
    page.locator('#search-results a[href*="docs/troubleshooting.html"]'
                 ).first.wait_for()


def test_search_for_a_word_that_is_nowhere_finds_nothing(site, new_page):
    page, _ = new_page()
    page.goto(site + 'search.html?q=zeppelin')
    page.get_by_text('did not match any documents').wait_for()
    assert page.locator('#search-results a').count() == 0


@pytest.mark.parametrize('width', WIDTHS)
def test_dark_mode(width, site, new_page, shot):
    page, watch = new_page(width)
    page.goto(site + 'chapters/lenet.html', wait_until='networkidle')
    page.wait_for_function(LIGHT)
    page.locator('button.theme-switch-button:visible').first.click()
    page.locator('button[data-mode=dark]:visible').first.click()
    page.wait_for_function(DARK)
    page.mouse.move(0, 0)       # from the menu, which closes
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


def test_what_runs_is_the_first_download(site, new_page):
    page, watch = new_page()
    page.goto(site + 'chapters/lenet.html', wait_until='networkidle')
    page.locator('.dropdown-download-buttons > button').click()
    with page.expect_download() as download:
        page.locator('.dropdown-download-buttons a').first.click()
    assert download.value.suggested_filename == 'd2l-chapters.zip'
    with zipfile.ZipFile(download.value.path()) as bundle:
        assert {'d2l-chapters/' + name for name in (
            'Makefile', 'd2l/__init__.py', 'chapters/lenet.ipynb',
            'chapters/companion/__init__.py')} <= set(bundle.namelist())
    assert watch.errors == []


@pytest.mark.parametrize('name', PAGES)
def test_links_within_the_site_lead_somewhere(name):
    html = (SITE / name).read_text(encoding='utf-8')
    links = re.findall(r'(?:href|src)="([^"]+)"', html)
    assert links
    for link in links:
        url = urllib.parse.urlsplit(link)
        if url.scheme:
            continue
        target = SITE / name
        if url.path:
            target = target.parent / urllib.parse.unquote(url.path)
        assert target.exists(), link
        if url.fragment:
            assert 'id="%s"' % url.fragment in target.read_text(
                encoding='utf-8'), link

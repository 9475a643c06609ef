"""How Sphinx makes the book; called by tools/book.py, which writes its input.

The site needs no other host: the theme brings its scripts and symbols, pages
are set in the reader's own fonts, and MathJax comes from a wheel.
"""
import importlib.util
import os
import urllib.parse
from pathlib import Path

project = 'd2l: companion of Dive into Deep Learning (2019)'
html_title = 'Companion of Dive into Deep Learning (2019)'
html_short_title = 'd2l'
author = ''
language = 'en'
root_doc = 'chapters/index'
extensions = ['myst_nb']
exclude_patterns = ['chapters/companion', 'chapters/results', 'tools']

nb_execution_mode = 'off'       # make run has executed them
nb_merge_streams = True
# the loop's notes on stderr belong to a chapter's output as in JupyterLab
nb_output_stderr = 'show'
# the only cells that are folded
nb_code_prompt_show = 'Show the versions'
nb_code_prompt_hide = 'Hide the versions'
myst_enable_extensions = ['dollarmath', 'amsmath']
myst_heading_anchors = 3

html_theme = 'sphinx_book_theme'
html_theme_options = {
    'use_download_button': True,        # of the notebook
    'use_fullscreen_button': False,
    'show_toc_level': 2,
    'navbar_persistent': [],            # the search is in the sidebar
    'search_bar_text': 'Search the book',
}
# without it the theme's script complains on the console
html_context = {'default_mode': 'auto'}
html_favicon = 'icon.svg'       # else browsers ask for one, in vain
html_static_path = ['book.css', '../docs/images/social-card.png']
html_css_files = ['book.css']
html_copy_source = True
html_show_copyright = False

# where the site will be served; see tools/book.py
html_baseurl = os.environ.get('BASE_URL', '')
if html_baseurl:
    html_baseurl = html_baseurl.rstrip('/') + '/'
    extensions += ['notfound.extension', 'sphinx_sitemap',
                   'sphinxext.opengraph']
    notfound_urls_prefix = urllib.parse.urlsplit(html_baseurl).path
    notfound_context = {
        'title': 'Page not found',
        'body': '<h1>Page not found</h1>\n<p>Nothing is at this address. The '
                'pages are in the menu, and the search finds words in '
                'them.</p>'}
    sitemap_url_scheme = '{link}'
    sitemap_excludes = ['404.html', 'genindex.html', 'search.html']
    ogp_site_url = html_baseurl
    ogp_site_name = html_title
    ogp_image = html_baseurl + '_static/social-card.png'
    ogp_image_alt = 'A cell of the book, and its speed here'
    ogp_custom_meta_tags = [
        '<meta name="twitter:card" content="summary_large_image">']

_wheel, = importlib.util.find_spec(
    'sphinx-mathjax-offline').submodule_search_locations
_mathjax = Path(_wheel) / 'static' / 'mathjax'
mathjax_path = 'mathjax/tex-chtml.js'


def copy_mathjax(app, error):
    """One script and its fonts, of the 24 MB that the wheel has."""
    from sphinx.util.fileutil import copy_asset
    if error is None:
        target = Path(app.outdir) / '_static' / 'mathjax'
        copy_asset(_mathjax / 'tex-chtml.js', target)
        copy_asset(_mathjax / 'output' / 'chtml' / 'fonts',
                   target / 'output' / 'chtml' / 'fonts')


def offer_bundle(app, pagename, templatename, context, doctree):
    """Put what runs as it is first in a chapter's menu for downloads.

    A notebook alone does not: it needs d2l and the folder companion.
    """
    for group in context.get('header_buttons', ()):
        if (group['label'] == 'download-buttons'
                and pagename.startswith('chapters/')):
            notebook = next(button for button in group['buttons']
                            if button['label'] == 'download-source-button')
            notebook['text'] = 'this notebook (.ipynb)'
            notebook['tooltip'] = ('This notebook alone, without d2l and '
                                   'the files that it reads')
            group['buttons'].insert(0, {
                'type': 'link', 'text': 'all, ready to run (.zip)',
                'icon': 'fas fa-file-zipper',
                'url': context['pathto']('d2l-chapters.zip', 1),
                'tooltip': 'All chapters with d2l and data: unpack it and '
                           'type make lab',
                'label': 'download-bundle-button'})


def setup(app):
    app.connect('build-finished', copy_mathjax)
    # after the theme has filled the menu
    app.connect('html-page-context', offer_bundle, priority=900)

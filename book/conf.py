"""How Sphinx makes the book; called by tools/book.py, which writes its input.

The site needs no other host: the theme brings its scripts and symbols, pages
are set in the reader's own fonts, and MathJax comes from a wheel.
"""
import importlib.util
from pathlib import Path

project = 'd2l: companion of Dive into Deep Learning (2019)'
html_title = 'Companion of <i>Dive into Deep Learning</i> (2019)'
html_short_title = 'd2l'
author = ''
language = 'en'
root_doc = 'chapters/index'
extensions = ['myst_nb']

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
html_static_path = ['book.css']
html_css_files = ['book.css']
html_copy_source = True
html_show_copyright = False

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


def setup(app):
    app.connect('build-finished', copy_mathjax)

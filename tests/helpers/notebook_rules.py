"""The rules for chapters, as functions that yield what breaks them."""
import re

import nbformat

LINE = 72               # so that a cell of code never scrolls
VERSIONS_TAGS = {'hide-cell', 'nbval-ignore-output'}
ABSOLUTE = re.compile(
    r'(?<![\w./:~-])/(?:Users|content|etc|home|mnt|opt|root|srv|tmp|usr|var'
    r'|work)/[\w.]|\b[A-Z]:\\\w|file://')
NEEDS = re.compile(
    r'^> \*\*What you need, and how long it takes\.\*\* .*?(?:\n(?!>)|\Z)',
    re.MULTILINE | re.DOTALL)
CAPTION = re.compile(r'\*\*Figure\.\*\* \S')
PICTURE = re.compile(r'!\[([^\]]*)\]|<img\b(?![^>]*\balt="[^"])')


# of tools/notebooks.py: the required settings, and all with their types
REQUIRED = ('order', 'summary', 'time_on_cpu', 'time_on_gpu')
SETTINGS = dict(order=int, summary=str, time_on_cpu=str, time_on_gpu=str,
                rehearsal_batches=int, full_on_gpu=bool, solutions=bool)


def place(cell):
    return 'cell %s: ' % cell.get('id', '(without id)')


def outputs_text(cell):
    """The text in the cell's stored outputs."""
    texts = []
    for output in cell.get('outputs', []):
        texts.append(output.get('text', ''))
        for kind, data in output.get('data', {}).items():
            if kind.startswith('text/'):
                texts.append(data)
    return '\n'.join(texts)


def has_image(cell):
    return any(kind.startswith('image/') for output in cell.get('outputs', [])
               for kind in output.get('data', {}))


def check_format(notebook):
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        yield 'not a valid notebook: %s' % error


def check_settings(notebook):
    """In the metadata, from which the tools learn how to run the chapter."""
    settings = notebook.metadata.get('d2l', {})
    required = REQUIRED if settings.get('order') != 0 else ()   # 0: the index
    for name in required:
        if name not in settings:
            yield f'its metadata "d2l" lacks "{name}"'
    for name, value in settings.items():
        if not isinstance(value, SETTINGS.get(name, ())):
            yield (f'its metadata "d2l" has "{name}": {value!r}; expected '
                   + ', '.join(f'{known} ({kind.__name__})'
                               for known, kind in SETTINGS.items()))


def check_title(notebook):
    cells = notebook.cells
    titles = [cell for cell in cells if cell.cell_type == 'markdown'
              for line in without_code(cell.source) if line.startswith('# ')]
    if not cells or not cells[0].source.startswith('# '):
        yield 'the first cell is not Markdown that starts with "# TITLE"'
    if len(titles) > 1:
        yield (place(titles[1]) + 'a second title; sections start with "## "')


def without_code(source):
    """The lines of Markdown that are outside of fenced code."""
    fenced = False
    for line in source.splitlines():
        if line.startswith('```'):
            fenced = not fenced
        elif not fenced:
            yield line


def check_needs(notebook):
    """A paragraph before the first cell of code, with the times."""
    top = []
    for cell in notebook.cells:
        if cell.cell_type == 'code':
            break
        top.append(cell.source)
    found = NEEDS.search('\n\n'.join(top) + '\n')
    if not found:
        yield ('no paragraph "> **What you need, and how long it takes.** '
               '..." before the first cell of code')
        return
    for word in (r'\bCPU', r'\bGPU', r'\b(second|minute|hour)'):
        if not re.search(word, found.group()):
            yield ('"What you need, and how long it takes" does not say '
                   'anything that matches ' + word)


def check_outputs(notebook):
    """Stored, from one run from top to bottom, without an error."""
    expected = 0
    for cell in notebook.cells:
        if cell.cell_type != 'code':
            continue
        expected += 1
        if cell.execution_count != expected:
            yield (place(cell) + 'execution count %s where a run from top to '
                   'bottom has %d' % (cell.execution_count, expected))
        for output in cell.outputs:
            if output.output_type == 'error':
                yield (place(cell) + 'a stored error: %s: %s'
                       % (output.ename, output.evalue))


def check_paths(notebook):
    for cell in notebook.cells:
        for text in (cell.source, outputs_text(cell)):
            for found in ABSOLUTE.finditer(text):
                line = text[found.start():].split('\n', 1)[0]
                yield place(cell) + 'an absolute path: ' + line[:60]


def check_lines(notebook):
    for cell in notebook.cells:
        if cell.cell_type == 'code':
            for line in cell.source.splitlines():
                if len(line) > LINE:
                    yield (place(cell) + '%d characters in a line, of at most '
                           '%d: %s' % (len(line), LINE, line))


def check_versions(notebook):
    cells = [cell for cell in notebook.cells if cell.get('id') == 'versions']
    if len(cells) != 1 or cells[0].cell_type != 'code':
        yield ('not one cell of code with the id "versions", which prints '
               'versions')
        return
    cell, = cells
    missing = VERSIONS_TAGS - set(cell.metadata.get('tags', []))
    if missing:
        yield place(cell) + 'lacks the tags %s' % sorted(missing)
    if not cell.metadata.get('jupyter', {}).get('source_hidden'):
        yield place(cell) + 'lacks "jupyter": {"source_hidden": true}'
    for name in ('d2l', 'MXNet', 'Python'):
        if not re.search(name + r' \d+\.\d+', outputs_text(cell)):
            yield place(cell) + 'its output has no version of ' + name


def check_pictures(notebook):
    """Those that code draws, and those in the Markdown."""
    following = list(notebook.cells[1:]) + [None]
    for cell, after in zip(notebook.cells, following):
        if cell.cell_type == 'markdown':
            for found in PICTURE.finditer(cell.source):
                if not (found.group(1) or '').strip():
                    yield (place(cell) + 'a picture without alternative text: '
                           + cell.source[found.start():][:60])
        if not has_image(cell):
            continue
        image = cell.metadata.get('mystnb', {}).get('image', {})
        if not image.get('alt', '').strip():
            yield (place(cell) + 'draws a picture and has no alternative text '
                   'in its metadata, "mystnb": {"image": {"alt": "..."}}')
        if after is None or not CAPTION.match(after.source):
            yield (place(cell) + 'draws a picture, and the next cell is not '
                   'Markdown that starts with its caption: "**Figure.** ..."')


RULES = (check_format, check_settings, check_title, check_needs,
         check_outputs, check_paths, check_lines, check_versions,
         check_pictures)


def problems(notebook):
    """Everything that is wrong with a notebook, as a list of lines."""
    return [line for rule in RULES for line in rule(notebook)]

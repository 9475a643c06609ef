"""docs/gpu.md lists the operators that differ from the CPU's."""
import collections
import pathlib

from comparison import EXCEPTIONS

PAGE = (pathlib.Path(__file__).parent.parent.parent / 'docs' / 'gpu.md')


def table():
    """The rows of the page: a reason and the operators it concerns."""
    operators = collections.OrderedDict()
    for known in EXCEPTIONS:
        operators.setdefault(' '.join(known.reason.split()), []).append(
            '`%s`' % known.op)
    return ['| operator | difference |', '|---|---|'] + [
        '| %s | %s |' % (', '.join(names), reason)
        for reason, names in operators.items()]


def test_the_page_has_the_list_of_exceptions():
    """After a change, put the lines of table() there."""
    text = PAGE.read_text(encoding='utf-8')
    assert '\n'.join(table()) in text, '\n'.join(table())

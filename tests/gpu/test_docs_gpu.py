"""docs/gpu.md lists the operators that differ from the CPU's."""
import collections
import pathlib

from exceptions import EXCEPTIONS
from registry_walk import DIFFERENT, LENIENT

PAGE = (pathlib.Path(__file__).parent.parent.parent / 'docs' / 'gpu.md')


def table():
    """The rows of the page: a reason and the operators it concerns."""
    operators = collections.OrderedDict()
    for op, reason in [(known.op, known.reason) for known in EXCEPTIONS] + [
            *DIFFERENT.items(), *LENIENT.items()]:
        operators.setdefault(reason, []).append('`%s`' % op)
    return ['| operator | difference |', '|---|---|'] + [
        '| %s | %s |' % (', '.join(names), reason)
        for reason, names in operators.items()]


def test_the_page_has_the_list_of_exceptions():
    """After a change, put the lines of table() there."""
    text = PAGE.read_text(encoding='utf-8')
    assert '\n'.join(table()) in text, '\n'.join(table())

"""The libraries that an ELF file needs."""
import mxnet as mx
from stand_ins import build, needs_gcc

from d2l.compat.elf import needed_libraries


def test_needed_libraries_of_mxnet_are_read():
    assert 'libopenblas.so.0' in needed_libraries(
        mx.libinfo.find_lib_path()[0])


@needs_gcc
def test_needed_libraries_are_read(tmp_path):
    one = build(tmp_path / 'libone.so.1')
    assert 'libone.so.1' in needed_libraries(str(build(
        tmp_path / 'libtwo.so', needs=[one])))


def test_a_file_that_is_no_library_needs_none(tmp_path):
    (tmp_path / 'text').write_text('text')
    assert needed_libraries(str(tmp_path / 'text')) == []

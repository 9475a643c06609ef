"""The libraries that an ELF file needs, and the small ones that are made."""
import ctypes
import platform
import struct

import mxnet as mx
import pytest
from stand_ins import build, needs_gcc

from d2l.compat.elf import (
    AARCH64,
    X86_64,
    load_bytes,
    machine_of,
    make_library,
    needed_libraries,
)

HERE = {'x86_64': X86_64, 'aarch64': AARCH64}[platform.machine()]
LIBM = 'libm.so.6'


def load(soname, jumps):
    return load_bytes(soname, make_library(soname, LIBM, jumps, HERE))


def test_needed_libraries_of_mxnet_are_read():
    assert {'libgomp.so.1', 'libstdc++.so.6'} <= set(needed_libraries(
        mx.libinfo.find_lib_path()[0]))


@needs_gcc
def test_needed_libraries_are_read(tmp_path):
    one = build(tmp_path / 'libone.so.1')
    assert 'libone.so.1' in needed_libraries(str(build(
        tmp_path / 'libtwo.so', needs=[one])))


def test_a_file_that_is_no_library_needs_none(tmp_path):
    (tmp_path / 'text').write_text('text')
    assert needed_libraries(str(tmp_path / 'text')) == []


def test_the_processor_of_mxnet_is_this_one():
    assert machine_of(mx.libinfo.find_lib_path()[0]) == HERE


@pytest.mark.parametrize('machine', [X86_64, AARCH64])
@pytest.mark.parametrize('jumps', [{}, {'one': 'cos'},
                                   {'one': 'cos', 'two': 'sin'}])
def test_what_a_made_library_needs_and_is_for(tmp_path, machine, jumps):
    file = tmp_path / 'libmade.so'
    file.write_bytes(make_library('libmade.so', LIBM, jumps, machine))
    assert needed_libraries(str(file)) == [LIBM]
    assert machine_of(str(file)) == machine


def test_a_library_without_functions_leads_to_another():
    assert hasattr(load('libd2l_empty.so', None), 'cos')


def test_functions_jump_to_their_own_targets():
    made = load('libd2l_jumps.so', {
        'two_to': 'exp2', 'next_to': 'nextafter', 'whole': 'floor'})
    for name in ('two_to', 'next_to', 'whole'):
        getattr(made, name).restype = ctypes.c_double
    number = ctypes.c_double
    assert made.two_to(number(10)) == 1024
    assert made.next_to(number(1), number(2)) == 1 + 2 ** -52
    assert made.whole(number(-1.5)) == -2


def test_arguments_on_the_stack_arrive():
    made = load_bytes('libd2l_stack.so', make_library(
        'libd2l_stack.so', 'libc.so.6', {'write': 'snprintf'}, HERE))
    text = ctypes.create_string_buffer(100)
    numbers = [ctypes.c_int(i) for i in range(16)]
    made.write.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p]
    made.write(text, 100, b'%d ' * 16, *numbers)
    assert text.value.split() == [b'%d' % i for i in range(16)]


def test_a_missing_target_is_an_error():
    with pytest.raises(OSError, match='d2l_no_such_function'):
        load('libd2l_missing.so', {'one': 'd2l_no_such_function'})


@pytest.mark.parametrize('machine', [X86_64, AARCH64])
@pytest.mark.parametrize('count', [0, 1, 51, 1500])
def test_segments_share_no_page_of_64_kb(machine, count):
    body = make_library('libmade.so', LIBM, {
        'function%d' % i: 'target%d' % i for i in range(count)}, machine)
    pages = []
    for i in range(4):
        kind, rights, offset, address, _, size, _, align = struct.unpack_from(
            '<IIQQQQQQ', body, 64 + 56 * i)
        if kind == 1:
            assert align == 65536 and (address - offset) % 65536 == 0
            assert offset + size <= len(body)
            assert rights in (5, 6)     # never both written and executed
            pages.append(range(address // 65536,
                               (address + size - 1) // 65536 + 1))
    first, second = pages
    assert first[-1] < second[0]


def test_jumps_on_aarch64_load_the_address_of_their_target():
    jumps = {'one': 'cos', 'two': 'sin', 'three': 'tan'}
    body = make_library('libmade.so', LIBM, jumps, AARCH64)
    offset, = struct.unpack_from('<Q', body, 64 + 2 * 56 + 8)
    tags = dict(struct.iter_unpack('<QQ', body[offset:]))

    def symbol(index):
        name, _, _, _, value, _ = struct.unpack_from(
            '<IBBHQQ', body, tags[6] + 24 * index)
        start = tags[5] + name
        return body[start:body.index(b'\0', start)].decode(), value

    targets = {}
    for i in range(3):
        slot, info, _ = struct.unpack_from('<QQq', body, tags[7] + 24 * i)
        assert info & 0xffffffff == 1025
        targets[slot] = symbol(info >> 32)[0]
    for index in range(4, 7):
        name, at = symbol(index)
        load, branch = struct.unpack_from('<II', body, at)
        assert load & 0xff00001f == 0x58000010      # ldr x16, ...
        assert branch == 0xd61f0200                 # br x16
        assert targets[at + 4 * (load >> 5 & 0x7ffff)] == jumps[name]

"""The parts of the ELF format that loading MXNet's libraries requires.

They read what a library needs, and make libraries without a compiler: one that
stands for another library under a second name, or one whose functions are
another library's under second names.
"""
import ctypes
import itertools
import mmap
import os
import struct
import typing

X86_64, AARCH64 = 62, 183   # processors, as the header of a library has them
# Processors of the Arm family may have pages of up to 64 KB. Segments with
# different rights need pages of their own; smaller pages suit, too.
_PAGE_SIZE = 65536

_PT_LOAD, _PT_DYNAMIC, _PT_GNU_STACK = 1, 2, 0x6474e551
_DT_NULL, _DT_NEEDED, _DT_HASH, _DT_STRTAB, _DT_SYMTAB = 0, 1, 4, 5, 6
_DT_RELA, _DT_RELASZ, _DT_RELAENT, _DT_STRSZ, _DT_SYMENT = 7, 8, 9, 10, 11
_DT_SONAME = 14
_READ_EXECUTE, _READ_WRITE = 5, 6
_GLOBAL_FUNCTION = 0x12
_STORE_ADDRESS = {X86_64: 6, AARCH64: 1025}     # the relocation GLOB_DAT


def needed_libraries(path):
    """The names of the libraries that the ELF library at `path` needs.

    An empty list if the file is not a 64-bit little-endian ELF file.

    Raises
    ------
    OSError
        The file is cut off.
    """
    with open(path, 'rb') as file:
        if file.read(6) != b'\x7fELF\2\1':      # 64 bits, little-endian
            return []
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as elf:
            try:
                return _read_needed(elf)
            except (struct.error, UnicodeDecodeError) as error:
                raise OSError(
                    f'the library {path} is cut off or damaged: copy it '
                    "again, or reinstall its package; MXNet's may be named "
                    'by the environment variable MXNET_LIBRARY_PATH'
                    ) from error


def _read_needed(elf):
    table, = struct.unpack_from('<Q', elf, 32)
    size, count = struct.unpack_from('<HH', elf, 54)
    segments = [struct.unpack_from('<IIQQQQ', elf, table + i * size)
                for i in range(count)]
    loaded, strings, offsets = [], 0, []
    for kind, _, offset, address, _, length in segments:
        if kind == _PT_LOAD:
            loaded.append((offset, address, length))
        elif kind == _PT_DYNAMIC:
            for at in range(offset, offset + length, 16):
                tag, value = struct.unpack_from('<QQ', elf, at)
                if tag == _DT_NULL:
                    break
                if tag == _DT_NEEDED:
                    offsets.append(value)
                elif tag == _DT_STRTAB:
                    strings = value
    if not loaded:      # the dynamic loader would say that there is no file
        raise struct.error('no segments')
    for offset, address, length in loaded:
        if address <= strings < address + length:
            strings += offset - address
            break
    return [elf[strings + at:elf.find(b'\0', strings + at)].decode()
            for at in offsets]


def machine_of(path):
    """The processor that the ELF library at `path` is for, such as AARCH64."""
    with open(path, 'rb') as file:
        return struct.unpack('<18xH', file.read(20))[0]


def make_library(soname, needed, jumps=None, machine=X86_64):
    """The bytes of an ELF library that leads to another one.

    Parameters
    ----------
    soname : str
        Its name.
    needed : str
        The name of the library that it needs.
    jumps : dict of str to str, optional
        The names of its functions, and of the functions of `needed` that
        they jump to, with all arguments as they are. By default none.
    machine : int
        The processor: X86_64 or AARCH64.
    """
    functions = list(jumps or ())
    targets = [jumps[name] for name in functions]
    count = len(functions)
    strings, name_at = _encode_names([soname, needed, *targets, *functions])
    addresses = _lay_out(count, len(strings))
    dynamic = _encode_dynamic(addresses, name_at, count, len(strings))
    return b''.join([
        _encode_headers(addresses, machine, len(dynamic)),
        # each function is as far from its slot as the others
        _encode_jump(addresses.slots - addresses.code, machine) * count,
        _encode_symbols(name_at[2:], addresses.code),
        _encode_hashes(1 + 2 * count),
        _encode_relocations(addresses.slots, count, machine),
        strings, bytes(8 * count), dynamic])


class _Addresses(typing.NamedTuple):
    """Where the parts of a library are once it is loaded."""

    # the first segment; addresses are offsets in the file, too
    code: int
    symbols: int
    hashes: int
    relocations: int
    strings: int
    end: int
    # the second segment
    slots: int      # for the address of each target
    dynamic: int


def _lay_out(count, strings_size):
    """Addresses for a number of functions, and for texts of this size."""
    total = 1 + 2 * count
    code = 64 + 4 * 56      # after the header and the program headers
    symbols = code + 8 * count
    hashes = symbols + 24 * total
    relocations = hashes + 4 * (3 + total)
    strings = relocations + 24 * count
    end = strings + strings_size
    slots = end + _PAGE_SIZE
    return _Addresses(code, symbols, hashes, relocations, strings, end, slots,
                      slots + 8 * count)


def _encode_names(names):
    """The table of strings, and the place of each name in it."""
    # the null entry of the table of symbols has the empty name at 0
    strings = ('\0' + '\0'.join(names) + '\0').encode()
    name_at = list(itertools.accumulate([1] + [len(n) + 1 for n in names]))
    return strings + bytes(-len(strings) % 8), name_at


def _encode_headers(addresses, machine, dynamic_size):
    """The header, and a program header for each segment."""
    def segment(kind, rights, offset, address, size, align):
        return struct.pack('<IIQQQQQQ', kind, rights, offset, address,
                           address, size, size, align)

    *_, end, slots, dynamic = addresses
    slots_size = dynamic - slots
    return b''.join([
        # a shared object (3), version 1
        struct.pack('<16sHHIQQQIHHHHHH', b'\x7fELF\2\1\1', 3, machine, 1, 0,
                    64, 0, 0, 64, 56, 4, 64, 0, 0),
        segment(_PT_LOAD, _READ_EXECUTE, 0, 0, end, _PAGE_SIZE),
        segment(_PT_LOAD, _READ_WRITE, end, slots, slots_size + dynamic_size,
                _PAGE_SIZE),
        segment(_PT_DYNAMIC, _READ_WRITE, end + slots_size, dynamic,
                dynamic_size, 8),
        segment(_PT_GNU_STACK, _READ_WRITE, 0, 0, 0, 16)])  # no code there


def _encode_symbols(name_at, code):
    """The null symbol, the targets, which are undefined, and the functions."""
    count = len(name_at) // 2
    table = [bytes(24)]
    for i in range(2 * count):
        is_ours = i >= count
        table.append(struct.pack(
            '<IBBHQQ', name_at[i], _GLOBAL_FUNCTION, 0, is_ours,
            code + 8 * (i - count) if is_ours else 0, 8 * is_ours))
    return b''.join(table)


def _encode_hashes(total):
    """A hash table with a single bucket: a list of all symbols."""
    chain = [(i + 1) % total for i in range(total)]
    return struct.pack(f'<{3 + total}I', 1, total, chain[0], *chain)


def _encode_relocations(slots, count, machine):
    """The orders to store each target's address in its slot."""
    return b''.join(
        struct.pack('<QQq', slots + 8 * i,
                    1 + i << 32 | _STORE_ADDRESS[machine], 0)
        for i in range(count))


def _encode_dynamic(addresses, name_at, count, strings_size):
    """The dynamic section, which tells the loader where the rest is."""
    return b''.join(struct.pack('<QQ', *entry) for entry in (
        (_DT_NEEDED, name_at[1]), (_DT_SONAME, name_at[0]),
        (_DT_HASH, addresses.hashes), (_DT_STRTAB, addresses.strings),
        (_DT_SYMTAB, addresses.symbols), (_DT_STRSZ, strings_size),
        (_DT_SYMENT, 24), (_DT_RELA, addresses.relocations),
        (_DT_RELASZ, 24 * count), (_DT_RELAENT, 24), (_DT_NULL, 0)))


def _encode_jump(distance, machine):
    """A jump, in 8 bytes, to the address that lies `distance` bytes ahead."""
    if machine == AARCH64:      # ldr x16, distance; br x16
        return struct.pack('<II', 0x58000010 | distance // 4 << 5, 0xd61f0200)
    # jmp *distance(%rip), counted from the end of its 6 bytes
    return struct.pack('<Hixx', 0x25ff, distance - 6)


def is_loadable(library):
    """Whether the dynamic loader can load a library, by its name or file."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def load_bytes(soname, content):
    """Load the library that consists of these bytes.

    Raises
    ------
    OSError
        There is no temporary folder, or it is mounted noexec. Or the library
        or one that it needs cannot be loaded.
    """
    import tempfile  # not at the top: few machines need it

    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, soname)
        with open(file, 'wb') as out:
            out.write(content)
        return ctypes.CDLL(file)

"""The parts of the ELF format that loading the CUDA libraries requires."""
import mmap
import struct

_PT_LOAD, _PT_DYNAMIC, _PT_GNU_STACK = 1, 2, 0x6474e551
_DT_NULL, _DT_NEEDED, _DT_HASH, _DT_STRTAB, _DT_SYMTAB = 0, 1, 4, 5, 6
_DT_STRSZ, _DT_SYMENT, _DT_SONAME = 10, 11, 14


def needed_libraries(path):
    """The names of the libraries that the ELF library at `path` needs.

    An empty list if the file is not a 64-bit little-endian ELF file.
    """
    with open(path, 'rb') as file:
        if file.read(6) != b'\x7fELF\2\1':      # 64 bits, little-endian
            return []
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as elf:
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
            for offset, address, length in loaded:
                if address <= strings < address + length:
                    strings += offset - address
                    break
            return [elf[strings + at:elf.find(b'\0', strings + at)].decode()
                    for at in offsets]


def empty_library(soname, needed):
    """The bytes of an x86-64 ELF library without symbols.

    Its name is `soname`, and it needs the library named `needed`.
    """
    names = f'\0{soname}\0{needed}\0'.encode()
    names += b'\0' * (-len(names) % 8)
    symbols = 64 + 3 * 56       # after the header and the program headers
    hashes = symbols + 24       # of a symbol table with only its null entry
    strings = hashes + 16
    dynamic = strings + len(names)
    entries = b''.join(struct.pack('<QQ', *entry) for entry in (
        (_DT_NEEDED, 2 + len(soname)), (_DT_SONAME, 1), (_DT_HASH, hashes),
        (_DT_STRTAB, strings), (_DT_SYMTAB, symbols),
        (_DT_STRSZ, len(names)), (_DT_SYMENT, 24), (_DT_NULL, 0)))
    end = dynamic + len(entries)
    write_read = 6

    def segment(kind, start, stop, align):
        return struct.pack('<IIQQQQQQ', kind, write_read, start, start, start,
                           stop - start, stop - start, align)
    return b''.join([
        # a shared object (3) for x86-64 (62), version 1
        struct.pack('<16sHHIQQQIHHHHHH', b'\x7fELF\2\1\1', 3, 62, 1, 0, 64, 0,
                    0, 64, 56, 3, 64, 0, 0),
        segment(_PT_LOAD, 0, end, 4096),
        segment(_PT_DYNAMIC, dynamic, end, 8),
        segment(_PT_GNU_STACK, 0, 0, 16),   # no code on the stack
        bytes(24), struct.pack('<IIII', 1, 1, 0, 0), names, entries])

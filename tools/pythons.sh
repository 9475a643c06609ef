#!/bin/sh
# The Python interpreters on this machine that d2l supports, best first: the
# default python3, then each version from 3.15 down to 3.8 (PATH, pyenv); last
# a default python3 that is newer than these and may work. Printed as
# "VERSION PATH", each version once.
ask() {     # condition; prints those on standard input that meet it
    while read -r python; do
        # asked for its version: pyenv's shims are there but may not run
        "$python" -c "import sys
if $1:
    print('%d.%d' % sys.version_info[:2], sys.executable)" 2>/dev/null
    done
}

{
    {
        command -v python3
        for minor in 15 14 13 12 11 10 9 8; do
            command -v "python3.$minor"
            ls -d "${PYENV_ROOT:-$HOME/.pyenv}/versions/3.$minor."*/bin/python3
        done
    } 2>/dev/null | ask '(3, 8) <= sys.version_info < (3, 16)'
    command -v python3 | ask 'sys.version_info >= (3, 16)'
} | awk '!seen[$1]++'

#!/bin/sh
# The Python interpreters on this machine that d2l supports, best first: the
# default python3, then each version from 3.13 down to 3.8 (PATH, pyenv).
# Printed as "VERSION PATH", each version once.
{
    command -v python3
    for minor in 13 12 11 10 9 8; do
        command -v "python3.$minor"
        ls -d "${PYENV_ROOT:-$HOME/.pyenv}/versions/3.$minor."*/bin/python3
    done
} 2>/dev/null | while read -r python; do
    # asked for its version: pyenv's shims are there but may not run
    "$python" -c 'import sys
if (3, 8) <= sys.version_info < (3, 14):
    print("%d.%d" % sys.version_info[:2], sys.executable)' 2>/dev/null
done | awk '!seen[$1]++'

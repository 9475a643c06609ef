"""`python -m d2l`: print the state of the installation (see report.py).

`python -m d2l data`: list the edition's files of data (see data_files.py).
"""
import sys

if sys.argv[1:2] == ['data']:
    from .data_files import main
    sys.exit(main(sys.argv[2:]))
else:
    from .report import main
    sys.exit(main())

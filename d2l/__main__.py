"""`python -m d2l`: print the state of the installation (see report.py)."""
import sys

from .report import main

sys.exit(main())

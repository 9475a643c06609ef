"""`python -m d2l.launch`."""
import sys

from .job import main

sys.exit(main())

"""Benches run as scripts, which find what they share beside them; their tests find it here."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # company, model, faults and months, which the tests here share

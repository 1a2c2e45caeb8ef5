"""What the pages of measurements say of the machine."""

import os
import platform


def processor():
    with open("/proc/cpuinfo") as lines:
        return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def cores():
    return f"{os.cpu_count()} cores ({processor()})"

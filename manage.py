#!/usr/bin/env python
"""Django's command line for the engine."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gencraft_media.settings")
    from django.core.management import execute_from_command_line

    import gencraft_media.celery  # noqa: F401  (shared tasks publish to our broker)

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

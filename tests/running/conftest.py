"""What only some machines can try is collected there alone."""

from tests.services.nginx import is_installed

collect_ignore = [] if is_installed() else ["test_proxy_in_front.py"]

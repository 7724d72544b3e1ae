"""Real PostgreSQL and Valkey for tests and benchmarks; `python -m tests.services run -- COMMAND` starts them."""

from tests.services.control import flush_valkey, restart_postgres, restart_valkey, services_running

__all__ = ["flush_valkey", "restart_postgres", "restart_valkey", "services_running"]

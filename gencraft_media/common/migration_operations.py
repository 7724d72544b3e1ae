"""Migration operations for what Django's schema cannot say: ON DELETE in the database, and append-only tables."""

from typing import Any, ClassVar, Literal

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

OnDelete = Literal["CASCADE", "SET NULL", "NO ACTION"]


class DatabaseOnDelete(Operation):
    """Gives the foreign key of one column an ON DELETE in PostgreSQL too; Django alone acts only on its own deletes.

    SQLite keeps what Django does: it cannot change a constraint without copying the table.
    """

    reversible = True
    reduces_to_sql = True
    _actions: ClassVar[tuple[str, ...]] = ("CASCADE", "SET NULL", "NO ACTION")

    def __init__(self, table: str, column: str, action: OnDelete) -> None:
        if action not in self._actions:
            raise ValueError(f"{action} is none of {', '.join(self._actions)}")
        self.table = table
        self.column = column
        self.action = action

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Nothing: the models already say it."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._recreate(schema_editor, self.action)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._recreate(schema_editor, "NO ACTION")

    def describe(self) -> str:
        return f"On delete of what {self.table}.{self.column} points at: {self.action}"

    def _recreate(self, schema_editor: BaseDatabaseSchemaEditor, action: str) -> None:
        connection = schema_editor.connection
        if connection.vendor != "postgresql":
            return
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, self.table)
        name, (target, target_column) = next(
            ((name, facts["foreign_key"]) for name, facts in found.items() if self._is_ours(facts)), ("", ("", ""))
        )
        if not name:
            raise LookupError(f"{self.table}.{self.column} has no foreign key")
        quote = schema_editor.quote_name
        schema_editor.execute(f"ALTER TABLE {quote(self.table)} DROP CONSTRAINT {quote(name)}")
        schema_editor.execute(
            f"ALTER TABLE {quote(self.table)} ADD CONSTRAINT {quote(name)} FOREIGN KEY ({quote(self.column)})"
            f" REFERENCES {quote(target)} ({quote(target_column)}) ON DELETE {action} DEFERRABLE INITIALLY DEFERRED"
        )

    def _is_ours(self, constraint: dict[str, Any]) -> bool:
        return bool(constraint["foreign_key"]) and constraint["columns"] == [self.column]


_REFUSE_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_append_only_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


class AppendOnly(Operation):
    """Lets the database refuse, with an IntegrityError, to delete rows of a table or to change their columns.

    `allow_update_columns` may still change. Guarded are the columns that exist when this runs, and SQLite drops
    triggers with each table it copies: a later migration that alters the table ends with this operation again.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, table: str, allow_update_columns: tuple[str, ...] = ()) -> None:
        self.table = table
        self.allow_update_columns = tuple(allow_update_columns)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Nothing: models know no triggers."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._drop(schema_editor)
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(_REFUSE_FUNCTION, params=None)
        self._create(schema_editor, "delete")
        self._create(schema_editor, "update", when=self._guarded_change(schema_editor))

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._drop(schema_editor)

    def describe(self) -> str:
        return f"Make {self.table} append-only"

    def _create(self, schema_editor: BaseDatabaseSchemaEditor, event: str, when: str = "") -> None:
        quote = schema_editor.quote_name
        if schema_editor.connection.vendor == "postgresql":
            body = "EXECUTE FUNCTION refuse_append_only_change()"
        else:
            body = f"BEGIN SELECT RAISE(ABORT, '{self.table} is append-only'); END"
        schema_editor.execute(
            f"CREATE TRIGGER {quote(self._trigger(event))} BEFORE {event.upper()} ON {quote(self.table)}"
            f" FOR EACH ROW {when} {body}",
            params=None,
        )

    def _guarded_change(self, schema_editor: BaseDatabaseSchemaEditor) -> str:
        connection = schema_editor.connection
        with connection.cursor() as cursor:
            columns = [row.name for row in connection.introspection.get_table_description(cursor, self.table)]
        differs = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
        quoted = [schema_editor.quote_name(name) for name in columns if name not in self.allow_update_columns]
        return f"WHEN ({' OR '.join(f'OLD.{name} {differs} NEW.{name}' for name in quoted)})"

    def _drop(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        postgresql = schema_editor.connection.vendor == "postgresql"
        on_table = f" ON {schema_editor.quote_name(self.table)}" if postgresql else ""
        for event in ("delete", "update"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {schema_editor.quote_name(self._trigger(event))}{on_table}")

    def _trigger(self, event: str) -> str:
        return f"{self.table}_refuse_{event}"

"""Django's migrate, which warns only of unmigrated changes of the schema."""

from django.core.management.commands import migrate

from hotels.management.schema_changes import SchemaAutodetector


class Command(migrate.Command):
    """Ignore changed names, help texts and labels: see SchemaAutodetector."""

    autodetector = SchemaAutodetector

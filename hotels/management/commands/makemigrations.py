"""Django's makemigrations, for changes of the schema only."""

from django.core.management.commands import makemigrations

from hotels.management.schema_changes import SchemaAutodetector


class Command(makemigrations.Command):
    """Ignore changed names, help texts and labels: see SchemaAutodetector."""

    autodetector = SchemaAutodetector

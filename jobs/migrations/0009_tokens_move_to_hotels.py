"""ApiToken and KeptAnswer move to the app hotels: see hotels 0007. Nothing is done to the tables."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0008_daily_figures'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name='ApiToken'),
                migrations.DeleteModel(name='KeptAnswer'),
            ],
        ),
    ]

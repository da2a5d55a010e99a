"""OutboxMessage moves to the app hotels as Message: see hotels 0022.

The execution becomes a plain number here: the app hotels knows no executions.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0016_no_crash_text'),
    ]

    operations = [
        migrations.AlterField(
            model_name='outboxmessage',
            name='execution',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='outbox_messages', to='jobs.jobexecution', verbose_name='execution'),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name='OutboxMessage')],
        ),
    ]

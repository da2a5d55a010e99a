import django.core.serializers.json
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hotels', '0005_audit_trail'),
        ('jobs', '0007_run_now'),
    ]

    operations = [
        migrations.CreateModel(
            name='DailyFigures',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(help_text="Whose: a hotel's, or that of several.", max_length=50, verbose_name='scope')),
                ('day', models.DateField(help_text="On the scope's clock: a hotel's own, else UTC.", verbose_name='day')),
                ('jobs', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='jobs')),
            ],
            options={
                'verbose_name': 'figures of a day',
                'verbose_name_plural': 'figures of days',
                'ordering': ['scope', 'day'],
            },
        ),
        migrations.AddIndex(
            model_name='jobexecution',
            index=models.Index(fields=['hotel', 'completed_at'], name='execution_by_end'),
        ),
        migrations.AddIndex(
            model_name='jobexecution',
            index=models.Index(condition=models.Q(('status', 'FAILED')), fields=['-id'], name='execution_failed_newest'),
        ),
        migrations.AddConstraint(
            model_name='dailyfigures',
            constraint=models.UniqueConstraint(fields=('scope', 'day'), name='daily_figures_once'),
        ),
    ]

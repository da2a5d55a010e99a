from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hotels', '0003_labels'),
        ('jobs', '0006_labels'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='jobrun',
            name='request_key',
            field=models.UUIDField(blank=True, help_text='Names what a person confirmed: confirmed twice, run once.', null=True, verbose_name='request key'),
        ),
        migrations.AddIndex(
            model_name='jobexecution',
            index=models.Index(fields=['hotel', 'job_name', '-id'], name='execution_newest'),
        ),
        migrations.AddConstraint(
            model_name='jobrun',
            constraint=models.UniqueConstraint(fields=('request_key',), name='run_once_per_request'),
        ),
    ]

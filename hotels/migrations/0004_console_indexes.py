from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hotels', '0003_labels'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='noshowrecord',
            index=models.Index(condition=models.Q(('outcome', 'REVIEW')), fields=['hotel'], name='no_show_to_decide'),
        ),
        migrations.AddIndex(
            model_name='roomavailability',
            index=models.Index(condition=models.Q(('overbooked_by__gt', 0)), fields=['hotel', 'date'], name='availability_overbooked'),
        ),
    ]


from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hotels', '0005_audit_trail'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['-issue_date', '-id'], name='invoice_newest'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(condition=models.Q(('balance', 0), _negated=True), fields=['hotel', 'currency', 'balance'], name='invoice_not_balanced'),
        ),
    ]

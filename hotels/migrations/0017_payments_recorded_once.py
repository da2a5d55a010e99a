"""A payment recorded by a user carries the key of its form, so that no second click repeats it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hotels', '0016_printed_invoices'),
    ]

    operations = [
        migrations.AddField(
            model_name='payment',
            name='source_key',
            field=models.CharField(blank=True, editable=False, help_text='Identifies the form the payment is from, so that it is recorded only once.', max_length=80, null=True, unique=True, verbose_name='source key'),
        ),
    ]

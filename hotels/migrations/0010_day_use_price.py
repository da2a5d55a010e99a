from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hotels', '0009_work_order_cycles'),
    ]

    operations = [
        migrations.AddField(
            model_name='bookingroom',
            name='day_use_price',
            field=models.DecimalField(blank=True, decimal_places=4, help_text='The price agreed for a stay without a night.', max_digits=16, null=True, verbose_name='day use price'),
        ),
    ]

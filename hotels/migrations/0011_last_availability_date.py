"""The business date of each hotel's last availability calculation.

The calculation at business date D always wrote rows up to D + 89, so the newest row gives D.
"""

from datetime import timedelta

from django.db import migrations, models
from django.db.models import Max

NIGHTS_AHEAD = timedelta(days=89)


def read_from_newest_rows(apps, schema_editor):
    alias = schema_editor.connection.alias
    rows = apps.get_model("hotels", "RoomAvailability").objects.using(alias)
    hotels = apps.get_model("hotels", "Hotel")
    newest = rows.order_by().values_list("hotel_id").annotate(Max("date"))
    hotels.objects.using(alias).bulk_update(
        [hotels(pk=pk, last_availability_date=last - NIGHTS_AHEAD) for pk, last in newest],
        ["last_availability_date"],
        batch_size=500,
    )


class Migration(migrations.Migration):

    dependencies = [
        ('hotels', '0010_day_use_price'),
    ]

    operations = [
        migrations.AddField(
            model_name='hotel',
            name='last_availability_date',
            field=models.DateField(blank=True, editable=False, help_text='The business date of the last availability calculation; earlier nights are final.', null=True, verbose_name='last availability date'),
        ),
        migrations.AddIndex(
            model_name='bookingroom',
            index=models.Index(fields=['hotel', 'checked_out_at'], name='booking_room_departed'),
        ),
        migrations.RunPython(read_from_newest_rows, migrations.RunPython.noop, elidable=True),
    ]

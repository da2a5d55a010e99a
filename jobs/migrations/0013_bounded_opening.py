from django.db import migrations, models


class Migration(migrations.Migration):
    """Store how far a look at much time has come, and which hotels were locked."""

    dependencies = [
        ('jobs', '0012_problems'),
    ]

    operations = [
        migrations.AddField(
            model_name='tick',
            name='locked',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='tick',
            name='look_hotel',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='tick',
            name='look_since',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='tick',
            name='look_until',
            field=models.DateTimeField(null=True),
        ),
    ]

"""Invitations: people become members of a hotel only by accepting one."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hotels', '0019_seals'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('ADMIN', 'administrator'), ('MANAGER', 'manager'), ('FRONT_DESK', 'front desk'), ('HOUSEKEEPING', 'housekeeping'), ('MAINTENANCE', 'maintenance'), ('VIEWER', 'viewer')], max_length=12, verbose_name='role')),
                ('recipient', models.CharField(blank=True, help_text='Name or e-mail address of the person, to distinguish several links.', max_length=254, verbose_name='recipient')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True, verbose_name='hash')),
                ('status', models.CharField(choices=[('OPEN', 'open'), ('ACCEPTED', 'accepted'), ('DECLINED', 'declined'), ('REVOKED', 'revoked')], default='OPEN', editable=False, max_length=8, verbose_name='status')),
                ('created_at', models.DateTimeField(editable=False, verbose_name='created')),
                ('expires_at', models.DateTimeField(editable=False, verbose_name='expires')),
                ('closed_at', models.DateTimeField(editable=False, null=True, verbose_name='closed')),
                ('accepted_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='accepted by')),
                ('hotel', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='hotels.hotel', verbose_name='hotel')),
                ('invited_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='invited by')),
            ],
            options={
                'verbose_name': 'invitation',
                'verbose_name_plural': 'invitations',
                'ordering': ['-created_at', '-pk'],
                'indexes': [models.Index(fields=['hotel', 'status'], name='invitations_of_hotel')],
                'constraints': [models.CheckConstraint(condition=models.Q(('role__in', ['ADMIN', 'MANAGER', 'FRONT_DESK', 'HOUSEKEEPING', 'MAINTENANCE', 'VIEWER'])), name='invitation_role_known'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('status', 'OPEN')), models.Q(('closed_at__isnull', False), ('status__in', ['ACCEPTED', 'DECLINED', 'REVOKED'])), _connector='OR'), name='invitation_closed_once'), models.CheckConstraint(condition=models.Q(('accepted_by', None), ('status', 'ACCEPTED'), _connector='OR'), name='invitation_accepted_by_person'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('created_at'))), name='invitation_expires_later')],
            },
        ),
    ]

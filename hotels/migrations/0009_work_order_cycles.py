"""Work orders belong to a cycle of their plan; plans and equipment know when they were not in use.

The maintenance job numbers its orders by plan and due date, so that the number still has the cycle
of an order whose due date was changed later.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Cast, Concat, Right, Substr

YEAR = "(19|20)[0-9]{2}"
MONTH_AND_DAY = (
    "((0[13578]|1[02])(0[1-9]|[12][0-9]|3[01])"
    "|(0[469]|11)(0[1-9]|[12][0-9]|30)"
    "|02(0[1-9]|1[0-9]|2[0-8]))"
)
LEAP_DAY = "(19|20)(0[48]|[2468][048]|[13579][26])0229|20000229"
DATED_NUMBER = f"-({YEAR}{MONTH_AND_DAY}|{LEAP_DAY})$"


def date_in_number():
    """The date at the end of a number of the job, `PM-12-20260715`, NULL for other numbers."""
    digits = Right("number", 8)
    own = Concat(
        Value("PM-"), Cast("plan_id", models.CharField()), Value("-"), digits,
        output_field=models.CharField(),
    )
    written = Concat(
        Substr(digits, 1, 4), Value("-"), Substr(digits, 5, 2), Value("-"), Substr(digits, 7, 2),
        output_field=models.CharField(),
    )
    # Not in WHERE: PostgreSQL may cast first, and fail on a number without a date.
    return Case(
        When(Q(number__regex=DATED_NUMBER, number=own), then=Cast(written, models.DateField())),
        output_field=models.DateField(),
    )


def set_cycles(apps, schema_editor):
    orders = apps.get_model("hotels", "WorkOrder").objects.using(schema_editor.connection.alias)
    of_plans = orders.exclude(plan=None)
    of_plans.update(cycle_date=F("due_date"))
    taken = of_plans.filter(plan=OuterRef("plan"), cycle_date=OuterRef("numbered"))
    moved = (
        of_plans.annotate(numbered=date_in_number())
        .exclude(numbered=None)
        .exclude(numbered=F("cycle_date"))
        .filter(~Exists(taken))
    )
    # One order may hold the date of another until its own is set. Orders that were swapped keep
    # their due dates: together they have the same cycles.
    while moved.update(cycle_date=F("numbered")):
        pass
    # Rows updated twice have their foreign keys checked at the end of the transaction. PostgreSQL
    # refuses to alter the table before that.
    schema_editor.connection.check_constraints()


def make_due_dates_unique_again(apps, schema_editor):
    orders = apps.get_model("hotels", "WorkOrder").objects.using(schema_editor.connection.alias)
    shared = (
        orders.exclude(plan=None)
        .order_by()
        .values("plan", "due_date")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    orders.filter(plan__in=[row["plan"] for row in shared]).update(due_date=F("cycle_date"))


def switch_off(apps, schema_editor):
    """Since when a plan has been off is not known: none of its due dates are missed."""
    plans = apps.get_model("hotels", "MaintenancePlan").objects.using(
        schema_editor.connection.alias
    )
    plans.filter(active=False).update(off_since_date=F("anchor_date"))


class Migration(migrations.Migration):

    dependencies = [
        ('hotels', '0008_one_open_task_per_room_and_date'),
    ]

    operations = [
        migrations.AddField(
            model_name='workorder',
            name='cycle_date',
            field=models.DateField(blank=True, editable=False, help_text='The due date of the plan for which the order was created.', null=True, verbose_name='cycle'),
        ),
        migrations.AddField(
            model_name='workorder',
            name='settled_cycle_date',
            field=models.DateField(blank=True, editable=False, help_text='The next due date, close enough at completion to count as done too.', null=True, verbose_name='also settles'),
        ),
        migrations.RunPython(set_cycles, migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name='workorder',
            name='work_order_once_per_due',
        ),
        migrations.AddConstraint(
            model_name='workorder',
            constraint=models.UniqueConstraint(fields=('plan', 'cycle_date'), name='work_order_once_per_cycle'),
        ),
        migrations.AddConstraint(
            model_name='workorder',
            constraint=models.CheckConstraint(condition=models.Q(('plan', None), ('cycle_date__isnull', False), _connector='OR'), name='work_order_of_plan_has_cycle'),
        ),
        migrations.RunPython(migrations.RunPython.noop, make_due_dates_unique_again),
        migrations.AddField(
            model_name='maintenanceplan',
            name='counted_from_date',
            field=models.DateField(blank=True, editable=False, help_text='The last due date before the interval was changed.', null=True, verbose_name='counted from'),
        ),
        migrations.AddField(
            model_name='equipment',
            name='installed_date',
            field=models.DateField(blank=True, help_text='In use from this date on.', null=True, verbose_name='installed date'),
        ),
        migrations.AddField(
            model_name='maintenanceplan',
            name='off_since_date',
            field=models.DateField(blank=True, editable=False, help_text='Due dates from this date on are not missed.', null=True, verbose_name='off since'),
        ),
        migrations.RunPython(switch_off, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='maintenanceplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('active', True), ('off_since_date', None)), models.Q(('active', False), ('off_since_date__isnull', False)), _connector='OR'), name='plan_off_since_when_not_active'),
        ),
        migrations.CreateModel(
            name='MaintenancePause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start_date', models.DateField(verbose_name='start date')),
                ('end_date', models.DateField(verbose_name='end date')),
                ('equipment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pauses', to='hotels.equipment', verbose_name='equipment')),
                ('plan', models.ForeignKey(blank=True, help_text='Empty if all plans of the equipment were paused.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='pauses', to='hotels.maintenanceplan', verbose_name='plan')),
            ],
            options={
                'verbose_name': 'maintenance pause',
                'verbose_name_plural': 'maintenance pauses',
                'ordering': ['-start_date', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('end_date__gt', models.F('start_date'))), name='maintenance_pause_ends_after_start')],
            },
        ),
    ]

"""Names of models and fields as people read them, which no database knows."""

from django.db.migrations.operations.base import Operation, OperationCategory


def _words(name):
    return name.replace("_", " ")


class NameWhatPeopleSee(Operation):
    """Give models and their fields the names Django derived for them so far, said outright.

    `models` has for each model its singular and plural; `others` the fields of which another name
    is said than the derived one, `unnamed` the models, and single fields as `model.field`, whose
    fields go on without one. Hundreds of AlterField would say the same, and render the models anew
    for each: seconds for every database that is made.
    """

    category = OperationCategory.ALTERATION

    def __init__(self, models, others=None, unnamed=()):
        self.models = models
        self.others = others or {}
        self.unnamed = frozenset(unnamed)

    def state_forwards(self, app_label, state):
        state.__dict__.pop("apps", None)  # rendered anew when it is asked for, once
        for model, (singular, plural) in self.models.items():
            names = {"verbose_name": singular, "verbose_name_plural": plural}
            state.alter_model_options(app_label, model, names)
            self._name_fields(app_label, model, state)

    def _name_fields(self, app_label, model, state):
        for name, field in [*state.models[app_label, model].fields.items()]:
            _, _, args, kwargs = field.deconstruct()
            named_already = "verbose_name" in kwargs or name == "id"
            if not named_already and self.unnamed.isdisjoint({model, f"{model}.{name}"}):
                kwargs["verbose_name"] = self.others.get(name, _words(name))
                named = type(field)(*args, **kwargs)
                state.alter_field(app_label, model, name, named, preserve_default=True)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        pass

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        pass

    def describe(self):
        return "Name models and fields as people read them"

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Forms look the same everywhere: label, hint, control, error."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"

def add_figures(request, context):
    return context

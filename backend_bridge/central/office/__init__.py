"""What people see: the office pages, who may see which company, figures and headers."""

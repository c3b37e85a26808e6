"""The office's side of vouchers: words, forms and pages. What they do is done by `vouchers.services`."""

"""What a receipt comes to: discounts, tenders, awards, VAT, and why something did not apply."""

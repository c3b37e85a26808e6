"""What can be asked about customers, and done with them: for the API, the counter and the office alike.

Every function names the company that asks, and answers with what is that company's to know (P6).
What it does not know reads the same as what does not exist.
"""

"""What can be asked about vouchers, and done with them: for the API, the sales, the counter and the office alike.

Every function names the company that asks; what is not that company's reads the same as what does not exist
(P6). What moves value takes a `key`, under which it happens once: the same again gives the first answer, and
something else under the same key raises `KeyUsedOtherwise`. What cannot be done raises a `VoucherError` with
`field` and `rule`. `by` says who, without personal data: `office:7`, `api:12`, `job`.
"""

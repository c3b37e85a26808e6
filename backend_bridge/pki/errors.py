"""What can go wrong with the certificate authority."""


class PkiError(Exception):
    """The certificate authority cannot do what was asked."""


class NoAuthority(PkiError, FileNotFoundError):
    """The directory holds no certificate authority, or only a part that cannot be completed."""


class UnknownCertificate(PkiError, KeyError):
    """No certificate was issued under this name."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class NameNotAllowed(PkiError, ValueError):
    """A certificate may not carry this name."""

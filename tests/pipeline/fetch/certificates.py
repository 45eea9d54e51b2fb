"""Certificates for servers of the tests: sound ones, and such as no client may take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Authority:
    """Who vouches for certificates; ``certificate`` is what clients are to trust."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def new(cls, name: str) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        return cls(key, _certificate(name, [], key, key, _name(name), authority=True))

    def write(self, path: Path) -> Path:
        """Writes the certificate, without the key, as ``SSL_CERT_FILE`` takes it."""
        path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        return path


def write_certificate(path: Path, host: str, authority: Authority | None = None, since: int = -1, until: int = 1) -> Path:
    """Writes a server's certificate and its key to one PEM file.

    Args:
        authority: that signs it; None: the server itself.
        since: first day that it holds, counted from today.
        until: last day.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    signer, issuer = (authority.key, authority.certificate.subject) if authority else (key, _name(host))
    made = _certificate(host, [x509.DNSName(host)], key, signer, issuer, since=since, until=until)
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(
    name: str,
    hosts: list[x509.GeneralName],
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    since: int = -1,
    until: int = 1,
    authority: bool = False,
) -> x509.Certificate:
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(issuer, _name(name), key.public_key(), x509.random_serial_number())
        .not_valid_before(today + timedelta(days=since))
        .not_valid_after(today + timedelta(days=until))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
    )
    if hosts:
        made = made.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
    return made.sign(signer, hashes.SHA256())

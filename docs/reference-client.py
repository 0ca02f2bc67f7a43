#!/usr/bin/env python3
"""Asks Aktivasi whether activation codes are right, as e-Nofa or e-Faktur would.

    reference-client.py new-key KEYFILE
        makes a key, keeps it in KEYFILE (mode 600), prints what an operator registers (add_client_key)
    reference-client.py verify --url URL --client CLIENT_ID --key KEYFILE
        reads lines of NPWP, code and perhaps a password, separated by tabs; prints one answer for each

Codes and passwords come by standard input: arguments are seen by everybody on the machine. Needs Python 3.11 and PyNaCl.
"""

import argparse
import base64
import hashlib
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from nacl.signing import SigningKey

TOKEN = "/api/v1/oauth/token"
VERIFY = "/api/v1/credentials/verify"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def compact(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def public_jwk(key):
    return {"kty": "OKP", "crv": "Ed25519", "x": base64url(bytes(key.verify_key))}


def thumbprint(key):
    """RFC 7638: the name of a key, and the `kid` of what it signs."""
    return base64url(hashlib.sha256(compact(public_jwk(key))).digest())


def new_key(path):
    key = SigningKey.generate()
    private = {**public_jwk(key), "d": base64url(bytes(key))}
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(private, file)
    return key


def load_key(path):
    with open(path, encoding="utf-8") as file:
        return SigningKey(from_base64url(json.load(file)["d"]))


class Client:
    def __init__(self, url, client_id, key, audience=None):
        self.url, self.client_id, self.key = url.rstrip("/"), client_id, key
        self.audience = audience or self.url + TOKEN
        self.token, self.token_ends = None, 0

    def verify(self, tax_id, code, password=None):
        """`{"status": ..., "codes": [...], "scopes": [...]}`"""
        question = {"tax_id": tax_id, "code": code}
        if password is not None:
            question["password"] = password
        body = json.dumps(question).encode()
        try:
            return self.ask(body)
        except urllib.error.HTTPError as refused:
            if refused.code != 401:
                raise
            # Keys of the service were revoked, or the token ended on the way: once more with another.
            self.token = None
            return self.ask(body)

    def ask(self, body):
        headers = {"Authorization": "Bearer " + self.fresh_token(), "Content-Type": "application/json"}
        return self.post(VERIFY, body, headers)

    def fresh_token(self):
        if self.token is None or time.time() > self.token_ends - 60:
            form = {
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": self.assertion(),
            }
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            asked_at = time.time()
            answer = self.post(TOKEN, urllib.parse.urlencode(form).encode(), headers)
            self.token, self.token_ends = answer["access_token"], asked_at + answer["expires_in"]
        return self.token

    def assertion(self):
        """A JWT that proves who asks (RFC 7523): one minute, used once."""
        now = int(time.time())
        header = {"alg": "EdDSA", "typ": "JWT", "kid": thumbprint(self.key)}
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.audience,
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_urlsafe(16),
        }
        signed = base64url(compact(header)) + "." + base64url(compact(claims))
        return signed + "." + base64url(self.key.sign(signed.encode()).signature)

    def post(self, path, body, headers):
        request = urllib.request.Request(self.url + path, data=body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.load(response)
        except urllib.error.HTTPError as refused:
            if refused.code not in (429, 503):
                raise
            time.sleep(int(refused.headers.get("Retry-After", "5")))
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("new-key").add_argument("keyfile")
    verify = commands.add_parser("verify")
    verify.add_argument("--url", required=True)
    verify.add_argument("--client", required=True)
    verify.add_argument("--key", required=True)
    verify.add_argument("--audience", help="where the service is under its public URL, if --url is another way to it")
    asked = parser.parse_args()

    if asked.command == "new-key":
        print(json.dumps({"jwk": public_jwk(new_key(asked.keyfile))}))
        return
    client = Client(asked.url, asked.client, load_key(asked.key), asked.audience)
    for line in sys.stdin:
        answer = client.verify(*line.rstrip("\n").split("\t"))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

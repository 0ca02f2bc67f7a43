#!/usr/bin/env python3
"""What pyHanko says of the signatures in a PDF, as JSON: an object for each, in the order of the file.

Usage: verify_seal.py FILE.pdf ROOT.pem — ROOT.pem is the only certificate that is trusted.
"""

import json
import sys

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext


def report(signature, root) -> dict:
    status = validate_pdf_signature(signature, ValidationContext(trust_roots=[root]))
    attributes = {attribute["type"].native for attribute in signature.signer_info["signed_attrs"]}
    return {
        "field": signature.field_name,
        "subfilter": signature.sig_object["/SubFilter"],
        "intact": status.intact,
        "valid": status.valid,
        "trusted": status.trusted,
        "coverage": status.coverage.name,
        "bottom_line": status.bottom_line,
        "signer": status.signing_cert.subject.human_friendly,
        "attributes": sorted(attributes),
        "time": status.signer_reported_dt.isoformat() if status.signer_reported_dt else None,
    }


def main() -> None:
    root = load_cert_from_pemder(sys.argv[2])
    with open(sys.argv[1], "rb") as file:
        print(json.dumps([report(signature, root) for signature in PdfFileReader(file).embedded_signatures]))


main()

"""Finds audiences of Ortto by name; the key is in ORTTO_API_KEY. Asks once more if Ortto is busy."""

import json
import os
import sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen

API = "https://api.ap3api.com/v1/audiences/get"


def find(name: str, attempts: int = 2) -> str:
    body = json.dumps({"search_term": name, "limit": 1}).encode()
    headers = {"X-Api-Key": os.environ["ORTTO_API_KEY"], "Content-Type": "application/json"}
    try:
        with urlopen(Request(API, body, headers), timeout=20) as reply:
            return str(json.load(reply)[0]["name"])
    except HTTPError as error:
        if error.code == 503 and attempts > 1:
            return find(name, attempts - 1)
        raise


if __name__ == "__main__":
    print(find(sys.argv[1]))

#!/bin/sh
# Finds an audience of Ortto by its name; the key is in ORTTO_API_KEY. Asks once more if Ortto is busy.
set -eu
curl --silent --show-error --fail --retry 1 --retry-delay 0 https://api.ap3api.com/v1/audiences/get \
    --header "X-Api-Key: $ORTTO_API_KEY" --header "Content-Type: application/json" \
    --data "{\"search_term\": \"$1\", \"limit\": 1}"

#!/bin/sh
# Writes requirements/*.txt anew from pyproject.toml: exact versions with hashes, valid for
# every Python from 3.11 on and for x86-64 and Arm, and without an index address.
# Needs `uv` on the PATH (pip install uv). Run by `make lock`.
set -eu
cd "$(dirname "$0")/.."
compile() {
    out=$1
    shift
    uv pip compile pyproject.toml "$@" --quiet --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
        --output-file "requirements/$out.txt" ${UPGRADE:+--upgrade}
}
# `all` is resolved first and binds the others, so that one version of a package serves everywhere.
compile all --extra terminal --extra central --extra sim --extra dev
for group in terminal central sim; do
    compile "$group" --extra "$group" --constraint requirements/all.txt
done

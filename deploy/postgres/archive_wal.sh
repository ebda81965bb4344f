#!/usr/bin/env bash
# archive_command = '/opt/qibiao/archive_wal.sh "%p" /backup/wal/%f'
# Copies one WAL segment so that it is there whole or not at all; the same segment again is fine, a
# different one under the same name is refused.
set -euo pipefail
source_file="$1"
target_file="$2"

if [ -e "$target_file" ]; then
    cmp -s "$source_file" "$target_file" && exit 0
    echo "another $target_file is in the archive already" >&2
    exit 1
fi
unfinished="$target_file.unfinished"
cp "$source_file" "$unfinished"
sync "$unfinished"
mv "$unfinished" "$target_file"
sync "$(dirname "$target_file")"

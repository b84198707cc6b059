#!/bin/sh
# small_disk.sh PROGRAM ARGUMENT...: runs the program with its scratch folders on a disk of 256 MiB, in a mount namespace of its
# own. Exits 77 where such a namespace cannot be made.
unshare --user --map-root-user --mount true 2>/dev/null || exit 77
disk=$(mktemp -d)
VOISIN_SMALL_DISK=1 TMPDIR=$disk unshare --user --map-root-user --mount sh -c '
  mount -t tmpfs -o size=256m none "$TMPDIR" || exit 77
  "$@"' sh "$@"
code=$?
rmdir "$disk"
exit $code

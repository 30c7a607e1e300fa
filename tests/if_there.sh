#!/bin/sh
# if_there.sh - runs a check on material that need not be there.
#
#     sh tests/if_there.sh FOLDER... -- COMMAND...
#
# The folders are those of $O365LENS_SHARED, or of `shared` beside the project. Ends with 77,
# which CTest counts as skipped, where one is missing. @shared@ in COMMAND is replaced.
set -u
shared=${O365LENS_SHARED:-$(dirname "$0")/../../shared}
while [ "$1" != -- ]; do
    if [ ! -d "$shared/$1" ]; then
        echo "skipped: there is no $shared/$1"
        exit 77
    fi
    shift
done
shift
for word in "$@"; do
    shift
    case $word in
    @shared@*) set -- "$@" "$shared${word#@shared@}" ;;
    *) set -- "$@" "$word" ;;
    esac
done
exec "$@"

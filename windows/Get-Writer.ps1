<#
.SYNOPSIS
Who may write a file, beside the Administrators and Windows itself: one JSON object with the list "others".

.DESCRIPTION
Whoever owns a file may give himself every right to it, so an owner counts as one who may write.
#>
[CmdletBinding()]
param([Parameter(Mandatory)][string]$Path)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/Taskfence.psm1"

# Administrators, SYSTEM, TrustedInstaller, and the owner's stand-in in folders.
$trusted = @(
    'S-1-5-32-544', 'S-1-5-18', 'S-1-3-0',
    'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464'
)
# FILE_WRITE_DATA, FILE_APPEND_DATA, DELETE, WRITE_DAC, WRITE_OWNER, GENERIC_ALL, GENERIC_WRITE (MS-DTYP 2.4.3).
$writing = 0x2 -bor 0x4 -bor 0x10000 -bor 0x40000 -bor 0x80000 -bor 0x10000000 -bor 0x40000000

$access = Get-Acl -LiteralPath $Path
$sid = [Security.Principal.SecurityIdentifier]
$others = @("$($access.GetOwner($sid))")
foreach ($rule in $access.GetAccessRules($true, $true, $sid)) {
    if ("$($rule.AccessControlType)" -eq 'Allow' -and ([int]$rule.FileSystemRights -band $writing) -ne 0) {
        $others += "$($rule.IdentityReference)"
    }
}
$found = @()
foreach ($other in $others) { if ($trusted -notcontains $other -and $found -notcontains $other) { $found += $other } }
ConvertTo-Answer ([pscustomobject]@{ others = $found })
exit 0

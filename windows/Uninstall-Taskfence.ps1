<#
.SYNOPSIS
Ends taskfence and removes its scheduled task.

.DESCRIPTION
Leaves the settings of the host as they are, so that running tasks keep their credentials until the next restart, and
the log in C:\ProgramData\Amazon\taskfence.
#>
[CmdletBinding(SupportsShouldProcess)]
param()
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/Machine.psm1"

if (-not (Test-Administrator)) { throw 'Run this as Administrator.' }
try { [void](Get-ScheduledTask -ErrorAction Stop -TaskName taskfence) }
catch {
    if ("$($_.CategoryInfo.Category)" -ne 'ObjectNotFound') { throw }
    return 'There is no scheduled task taskfence.'
}
if (-not $PSCmdlet.ShouldProcess('scheduled task taskfence', 'remove')) { return }
Stop-ScheduledTask -ErrorAction Stop -TaskName taskfence
Unregister-ScheduledTask -ErrorAction Stop -TaskName taskfence -Confirm:$false
'taskfence no longer runs. After the next restart of this host its tasks get no credentials until somebody sets it up again.'

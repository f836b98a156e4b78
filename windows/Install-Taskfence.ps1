<#
.SYNOPSIS
Keeps taskfence running: a scheduled task that starts with the host, under SYSTEM, and starts again when it fails.

.DESCRIPTION
Run as Administrator, from the folder of taskfence; again after an update. Logs to C:\ProgramData\Amazon\taskfence,
which only Administrators and SYSTEM may open; what drifted also stands in the event log Application.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    # Goes between quotes into the arguments of the task.
    [ValidatePattern('^[^"]*[^"\\]$')][string]$DataFolder = 'C:\ProgramData\Amazon\taskfence'
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/Taskfence.psm1", "$PSScriptRoot/Machine.psm1"

if (-not (Test-Administrator)) { throw 'Run this as Administrator.' }
$start = "$PSScriptRoot\Start-Taskfence.ps1"
$program = Get-Program -Folder (Split-Path -Parent $PSScriptRoot)
if (-not $PSCmdlet.ShouldProcess('scheduled task taskfence', "start $($program.Path) with the host")) { return }

Register-EventSource
Initialize-DataFolder -Path $DataFolder

$action = New-ScheduledTaskAction -ErrorAction Stop -Execute "$env:SystemRoot\System32\WindowsPowerShell\v1.0\powershell.exe" -Argument "-NoProfile -NonInteractive -File `"$start`" -DataFolder `"$DataFolder`""
# RestartCount is for a task that could not be started; one that started and then failed is started by the second
# trigger, which a task that runs ignores.
$triggers = @(
    (New-ScheduledTaskTrigger -ErrorAction Stop -AtStartup),
    (New-ScheduledTaskTrigger -ErrorAction Stop -Once -At ([DateTime]::Now) -RepetitionInterval ([TimeSpan]::FromMinutes(1)))
)
$principal = New-ScheduledTaskPrincipal -ErrorAction Stop -UserId 'S-1-5-18' -LogonType ServiceAccount -RunLevel Highest
$settings = New-ScheduledTaskSettingsSet -ErrorAction Stop -RestartCount 255 -RestartInterval ([TimeSpan]::FromMinutes(1)) -ExecutionTimeLimit ([TimeSpan]::Zero) -MultipleInstances IgnoreNew -StartWhenAvailable
[void](Register-ScheduledTask -ErrorAction Stop -TaskName taskfence -Description 'Keeps the task credentials of Amazon ECS reachable' -Action $action -Trigger $triggers -Principal $principal -Settings $settings -Force)
# One that runs already is an older one.
Stop-ScheduledTask -ErrorAction Stop -TaskName taskfence
Start-ScheduledTask -ErrorAction Stop -TaskName taskfence
"taskfence runs, and starts with this host. Log: $DataFolder\taskfence.log"
